"""What is found of 24 sick nets, first, and that nothing ever is of 16 healthy ones; docs/own_nets.md lists them."""

import re

import pytest

from engine.diagnosis.rules import own_reach, own_signal, own_steps, own_weights
from engine.measure.paths import code_of
from tests.engine.watch.patients import HEALTHY, SICK, digits
from tests.layout.graph import ROOT

QUICK = ("all weights equal", "cut from its loss", "a division by zero", "not given to the optimizer")
RULES = own_reach, own_signal, own_steps, own_weights
PAGE = ROOT / "docs" / "own_nets.md"


@pytest.mark.parametrize(
    "name", [each if each in QUICK else pytest.param(each, marks=pytest.mark.long) for each in SICK]
)
def test_a_sick_net_gets_its_finding_first(name):
    found, ever = SICK[name].seen()
    assert [each.name for each in found][:1] == [SICK[name].finding]
    first = found[0]
    assert first.name in {each.name for each in ever}
    assert first.rule
    assert first.source
    words, _, code = first.advice.partition("\n")
    assert words.endswith(".")
    compile(code, "advice", "exec")
    if SICK[name].path:
        assert re.search(rf"\b{SICK[name].path}\b", first.words)


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("name", HEALTHY)
def test_nothing_is_ever_found_of_a_healthy_net(name):
    found, ever = HEALTHY[name].seen()
    assert [each.words for each in (*found, *ever)] == []


def test_every_rule_has_its_patient():
    sources = "".join((ROOT / rules.__file__).read_text() for rules in RULES)
    names = {patient.finding for patient in SICK.values()}
    assert {name for name in names if f'"{name}"' in sources or f'"{name}:' in sources} >= names - {"frozen"}
    assert (len(SICK), len(HEALTHY)) == (24, 16)
    assert len(digits()) == 2


def test_the_page_lists_them_all():
    page = PAGE.read_text()
    for name, patient in SICK.items():
        assert f"| {name} | {patient.finding} |" in page
    for name in HEALTHY:
        assert f"| {name} |" in page


def test_advice_names_a_module_as_code_does():
    assert code_of("transformer.h.3.mlp.c_fc (2)") == "model.transformer.h[3].mlp.c_fc"
    assert code_of("0") == "model[0]"
