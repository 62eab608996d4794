import asyncio
import json
import threading

from viz.live.mailbox import Mailbox


def opened(fill):
    """What a viewer is sent after `fill(box)`."""

    async def run():
        box = Mailbox(asyncio.get_running_loop())
        fill(box)
        return [json.loads(item) if isinstance(item, str) else item for item in await box.next()]

    return asyncio.run(run())


def test_a_slow_viewer_gets_the_newest_three_frames():
    assert opened(lambda box: [box.frame(bytes([k])) for k in range(9)]) == [b"\x06", b"\x07", b"\x08"]


def test_a_frame_that_is_recalled_is_not_pushed_out_and_the_last_one_counts():
    def fill(box):
        box.recalled(b"older", "moment")
        box.recalled(b"seen", "sight")
        box.recalled(b"wanted", "moment")
        for k in range(9):
            box.frame(bytes([k]))

    assert opened(fill) == [b"\x06", b"\x07", b"\x08", b"wanted", b"seen"]


def test_only_the_newest_state_counts_and_every_notice_does():
    def fill(box):
        for state in ("waiting", "paused", "playing"):
            box.message({"say": "state", "state": state})
            box.message({"say": "notice", "text": state})

    said = opened(fill)
    assert [each["state"] for each in said if each["say"] == "state"] == ["playing"]
    assert [each["text"] for each in said if each["say"] == "notice"] == ["waiting", "paused", "playing"]


def test_a_hello_ends_what_came_before():
    def fill(box):
        box.message({"say": "verdict"})
        box.frame(b"old")
        box.message({"say": "hello"})
        box.message({"say": "state"})
        box.frame(b"new")

    assert opened(fill) == [{"say": "hello"}, b"new", {"say": "state"}]


def test_the_first_frame_of_a_run_is_never_lost():
    def fill(box):
        box.message({"say": "hello"})
        for k in range(9):
            box.frame(bytes([k]))

    assert opened(fill) == [{"say": "hello"}, b"\x00", b"\x06", b"\x07", b"\x08"]


def test_a_flood_of_notices_is_bounded():
    assert len(opened(lambda box: [box.message({"say": "notice", "text": str(k)}) for k in range(999)])) == 8


def test_a_closing_box_is_emptied_first():
    async def run():
        box = Mailbox(asyncio.get_running_loop())
        box.message({"say": "notice"})
        box.close(4429, "too fast")
        return await box.next(), await asyncio.wait_for(box_next_again(box), 1), box.closing

    async def box_next_again(box):
        box.close(4429, "too fast")
        return await box.next()

    assert asyncio.run(run()) == (['{"say": "notice"}'], [], (4429, "too fast"))


def test_frames_from_another_thread_wake_a_waiting_viewer_once_for_many():
    async def run():
        loop = asyncio.get_running_loop()
        box, wakes = Mailbox(loop), []
        called = loop.call_soon_threadsafe
        loop.call_soon_threadsafe = lambda *args: wakes.append(1) or called(*args)
        waiting = asyncio.create_task(box.next())
        await asyncio.sleep(0)
        filler = threading.Thread(target=lambda: [box.frame(b"%d" % k) for k in range(100)])
        filler.start()
        filler.join()
        return await asyncio.wait_for(waiting, 5), len(wakes)

    frames, wakes = asyncio.run(run())
    assert frames == [b"97", b"98", b"99"]
    assert wakes == 1


def test_a_loop_that_is_closed_is_no_error():
    loop = asyncio.new_event_loop()
    box = Mailbox(loop)
    loop.close()
    box.frame(b"late")


def test_a_branch_ends_the_frames_before_it_and_comes_before_those_after_it():
    def fill(box):
        box.message({"say": "hello"})
        box.frame(b"old")
        box.frame(b"older epoch")
        box.message({"say": "branched"})
        box.frame(b"new")
        box.message({"say": "state"})

    assert opened(fill) == [{"say": "hello"}, {"say": "branched"}, b"new", {"say": "state"}]
