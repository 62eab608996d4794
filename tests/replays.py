"""The replays in docs/, recorded anew: `uv run python -m tests.replays`."""

from pathlib import Path

from engine import RunSpec
from viz.race.component import tables
from viz.race.state import Race
from viz.race.takeaway import caption
from viz.replay import race as races
from viz.workers.race.answers import answer
from viz.workers.train.record import record

DOCS = Path(__file__).parents[1] / "docs"
RUN = RunSpec(activation="relu", initializer="he_normal", hidden=(100,) * 10, lr=0.05)
STEPS = 250
RACE = Race()


def race(raced: Race, title: str) -> str:
    """The HTML file of a race that is computed here and now."""
    asked = races.questions(len(raced.running))
    plain = [{"ask": ask, "race": raced.to_dict()} | ({} if of is None else {"of": of}) for ask, of in asked]
    answers = list(zip(asked, map(answer, plain), strict=True))
    return races.replay(tables(raced), answers, title, caption(raced))


def main() -> None:
    """Write both, and say how long they are."""
    files = {
        "replay-run.html": record(RUN, STEPS, "Ten ReLU layers with He's weights learn the digits"),
        "replay-race.html": race(RACE, "Eight optimizers on an elongated bowl"),
    }
    for name, text in files.items():
        (DOCS / name).write_text(text, "utf-8")
        print(f"{name}: {len(text.encode()) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
