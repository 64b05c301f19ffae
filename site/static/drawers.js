// On a narrow window both columns are drawers, as modal dialogs: one closes when it has led to a place on this page.

for (const drawer of document.querySelectorAll("#pst-primary-sidebar-modal, #pst-secondary-sidebar-modal")) {
  drawer.addEventListener("click", (event) => event.target.closest('a[href^="#"]') && drawer.close());
}
