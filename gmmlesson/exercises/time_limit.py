"""A limit on the time that a learner's function takes, which nothing that it does can escape for long."""

import _thread
import contextlib
import ctypes
import functools
import random
import signal
import sys
import threading
import time

from gmmlesson.threads import CAN_START

PATIENCE = 6  # times the limit, by the clock: for what sleeps or waits, and for a machine with other work
SIGNAL = getattr(signal, "SIGURG", None) or getattr(signal, "SIGBREAK", None)  # Windows has but the latter


class TooSlow(BaseException):
    """Raised inside a learner's function that does not come to an end; `except Exception` lets it pass."""


class _AndAgain(TooSlow):
    """TooSlow which orders the next signal as it is raised: whoever catches it is struck in the handler.

    A call in Python would be struck itself, since signals are looked at after each; this one is made in C.
    """

    __init__ = staticmethod(functools.partial(_thread.interrupt_main, SIGNAL))


class Limit:
    """What has become of a time limit.

    struck   whether the time is up; from then on TooSlow is raised
    waited   whether it was the clock's time that was up, and not the processor's
    """

    struck = False
    waited = False


def inside(function, *arguments):
    """function(*arguments); a time limit raises TooSlow in what this calls, and nowhere else."""
    return function(*arguments)


@contextlib.contextmanager
def time_limit(seconds):
    """A context that yields a Limit; when the time is up, TooSlow is raised in what `inside` has called.

    What counts is the processor's time of this thread, since the machine may be busy with something else:
    a right but slow answer must not be refused for that. By the clock, `PATIENCE` times as long is allowed.

    TooSlow is raised once, gently, so that what has to be cleaned up can be; and if that was swallowed, as
    by a bare `except:`, it is raised again and again. Only outside of the main thread, where there are no
    signals, may a loop escape that swallows every one.
    """
    limit = Limit()
    with (_watched if CAN_START else _monitored)(limit, seconds):
        yield limit


@contextlib.contextmanager
def _watched(limit, seconds):
    """A context in which another thread looks at the clock."""
    done, used = threading.Event(), _used()
    strike, restore = _signals(limit) if _in_the_main_thread() else _exceptions()

    def watch():
        while not done.is_set():
            busy, passed = used()
            left = min(seconds - busy, PATIENCE * seconds - passed)
            if left <= 0:
                limit.waited = busy < seconds
                limit.struck = True
                strike(gently=True)
                break
            done.wait(max(left, 0.005))  # a thread cannot use more of the processor's time than passes
        wait = 0.5
        while not done.wait(wait):
            strike(gently=False)
            wait = 0.05

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        restore()


@contextlib.contextmanager
def _monitored(limit, seconds):
    """A context in which Python itself looks at the clock, whenever its code jumps or calls (PEP 669).

    For Python in a browser, where there are no threads. What computes within NumPy is struck when it returns.
    Nothing else has the processor there, so that the clock tells its time as well.
    """
    monitoring, now = sys.monitoring, time.perf_counter
    tool = next(number for number in range(6) if monitoring.get_tool(number) is None)
    end = now() + seconds

    def look(*_):
        nonlocal end
        if now() > end and _is_inside(sys._getframe(1)):
            if not limit.struck:  # gently: there is time to clean up; after it no jump and no call is made
                limit.struck, end = True, now() + 0.5
            raise TooSlow

    monitoring.use_tool_id(tool, __name__)
    events = monitoring.events.JUMP, monitoring.events.PY_START, monitoring.events.PY_RESUME
    for event in events:
        monitoring.register_callback(tool, event, look)
    monitoring.set_events(tool, sum(events))
    try:
        yield
    finally:
        limit.struck = limit.struck or now() > end
        monitoring.set_events(tool, monitoring.events.NO_EVENTS)
        monitoring.free_tool_id(tool)


def _used():
    """A function, () -> the seconds (of the processor for this thread, by the clock) since now.

    Any thread may call it. Only Linux lets one thread read another's clock. Elsewhere the processor's time
    of the whole process stands for it, which is as long or longer, unless the clock says less.
    """
    start = time.perf_counter()
    if hasattr(time, "pthread_getcpuclockid"):
        clock = time.pthread_getcpuclockid(threading.get_ident())
        before = time.clock_gettime(clock)
        return lambda: (time.clock_gettime(clock) - before, time.perf_counter() - start)
    before = time.process_time()

    def used():
        passed = time.perf_counter() - start
        return min(time.process_time() - before, passed), passed

    return used


def _in_the_main_thread():
    return SIGNAL is not None and threading.current_thread() is threading.main_thread()


def _signals(limit):
    """(strike, restore) by a signal, which wakes a thread that sleeps; Python has them in the main one only.

    The signal is one that is ignored by default and hardly used, so that one too late does no harm.
    """
    merciless, flip = False, random.Random().random

    def raise_too_slow(_signal, frame):
        if limit.struck and _is_inside(frame):
            if not merciless:
                raise TooSlow
            here = flip() < 0.5  # or a loop might always be struck where it swallows it
            try:
                raise _AndAgain
            except _AndAgain:
                if here:
                    raise

    def strike(gently):
        nonlocal merciless
        merciless = not gently
        if hasattr(signal, "pthread_kill"):
            signal.pthread_kill(threading.main_thread().ident, SIGNAL)
        else:
            _thread.interrupt_main(SIGNAL)  # a sleep ends when it would

    before = signal.signal(SIGNAL, raise_too_slow)
    return strike, lambda: signal.signal(SIGNAL, before or signal.SIG_DFL)


def _exceptions():
    """(strike, restore) by an exception from outside, for other threads; a sleep ends when it would."""
    thread = threading.get_ident()
    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc

    def strike(gently):
        if _is_inside(sys._current_frames().get(thread)):
            raise_in(ctypes.c_ulong(thread), ctypes.py_object(TooSlow))

    def restore():
        with contextlib.suppress(TooSlow):  # one that comes too late; taken back, it makes Python 3.11 hang
            time.sleep(0)

    return strike, restore


def _is_inside(frame):
    """Whether this frame was called, however indirectly, by `inside`."""
    while frame is not None and frame.f_back is not None:
        frame = frame.f_back
        if frame.f_code is inside.__code__:
            return True
    return False
