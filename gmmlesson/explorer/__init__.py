"""The EM explorer: EM that one can take in the hand. `EMExplorer(X, k=3)` in a notebook."""

__all__ = ["EMExplorer"]


def __getattr__(name):  # anywidget and ipywidgets are loaded on first use
    if name == "EMExplorer":
        from gmmlesson.explorer.widget import EMExplorer

        return EMExplorer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
