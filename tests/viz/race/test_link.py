"""A race fits in a link and comes back; what means nothing falls back and says so."""

import pytest

from engine import OPTIMIZERS, SURFACES
from viz.race import link
from viz.race.presets import PRESETS
from viz.race.racer import Racer, racers
from viz.race.state import Race

FULL = Race(
    surface="ravine",
    surface_options={"condition": 33.5},
    window=((-3.0, 2.5), (-1.0, 0.125)),
    start=(1e-3, -12.5),
    steps=77,
    clip="norm",
    clip_threshold=0.3,
    noise=1e-5,
    seed=9,
    schedule={"name": "step", "step_size": 30, "gamma": 0.2},
    runs=racers("adam@0.3,betas:0.7~0.95,amsgrad:true;-momentum@1e-05,momentum:0.5;adam@3"),
)
TYPED = Race(surface="typed", expression="x**2 + 3*sin(y)", start=(0.1, -0.7))


@pytest.mark.parametrize("race", [FULL, TYPED, *[preset.race for preset in PRESETS.values()]])
def test_a_race_comes_back_from_its_link_and_from_its_dict(race: Race) -> None:
    assert link.read(link.write(race)) == (race, [])
    assert Race.from_dict(race.to_dict()) == race


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_comes_back_with_all_its_options(name: str) -> None:
    racer = Racer(optimizer=name, lr=0.0123, options=OPTIMIZERS[name].complete())
    assert Racer.read(racer.write()) == racer


@pytest.mark.parametrize("name", SURFACES)
def test_every_surface_has_a_link(name: str) -> None:
    assert link.read({"surface": name})[0].built.name == name


def test_the_opening_race_has_the_bare_address() -> None:
    assert link.write(Race()) == {}
    assert link.read({}) == (Race(), [])


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"surface": "bow"}, "Did you mean 'bowl'?"),
        ({"srface": "bowl"}, "The link has no use for 'srface'. Did you mean 'surface'?"),
        (
            {"start": "nan~1"},
            "start: 'nan, 1' is not a point; give two finite numbers x, y, each from -1e9 to 1e9.",
        ),
        ({"steps": "999999"}, "give a whole number with 1 <= steps <= 2000"),
        ({"window": "1~0~0~1"}, "give each low below its high"),
        ({"window": "1~0"}, "give x low~x high~y low~y high"),
        ({"runs": "adma@1"}, "Did you mean 'adam'?"),
        ({"runs": "adam@-1"}, "Adam, lr: -1 is not allowed"),
        ({"runs": "adam@1,bata:3"}, "'bata' is no option of adam"),
        ({"runs": ";"}, "A race needs at least one optimizer"),
        (
            {"runs": ";".join(["sgd@1"] * 11)},
            "11 optimizers are more than one picture holds; give at most 10",
        ),
        ({"surface": "typed", "f": "x +* y"}, "^"),
        ({"surface": "typed"}, "surface was left out"),
        ({"schedule": "cosin"}, "Did you mean 'cosine'?"),
        ({"clip": "norn"}, "Did you mean 'norm'?"),
        ({"surface_options": "condition:-1"}, "condition"),
    ],
)
def test_what_means_nothing_falls_back_to_its_default_and_says_so(query: dict[str, str], words: str) -> None:
    race, notices = link.read(query)
    assert race == Race()
    assert len(notices) == 1
    assert words in notices[0]
