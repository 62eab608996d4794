from itertools import chain

import pytest
import torch

from engine.training.batches import Batches


def drawn(batches: Batches, count: int) -> list[list[int]]:
    return [batches.draw().tolist() for _ in range(count)]


def test_an_epoch_sees_every_sample_once_in_a_new_order():
    batches = Batches(12, 4, seed=3)
    first, second = list(chain(*drawn(batches, 3))), list(chain(*drawn(batches, 3)))
    assert sorted(first) == sorted(second) == list(range(12))
    assert first != second
    assert first != list(range(12))


def test_leftover_samples_are_skipped_so_that_every_batch_is_full():
    batches = Batches(10, 4, seed=0)
    epochs = [drawn(batches, 2) for _ in range(5)]
    assert all(len(batch) == 4 for epoch in epochs for batch in epoch)
    assert all(len(set(chain(*epoch))) == 8 for epoch in epochs)


def test_order_is_that_of_torch_randperm_under_the_seed():
    order = torch.randperm(9, generator=torch.Generator().manual_seed(5))
    batches = Batches(9, 3, seed=5)
    torch.testing.assert_close(torch.cat([batches.draw() for _ in range(3)]), order, rtol=0, atol=0)


def test_one_sample_at_a_time():
    assert sorted(chain(*drawn(Batches(7, 1, seed=1), 7))) == list(range(7))


@pytest.mark.parametrize("size", [None, 6, 7, 1000])
def test_all_samples_in_their_own_order_are_the_full_batch(size):
    assert Batches(6, size, seed=0).draw() is None


def test_batches_draw_from_a_generator_of_their_own():
    before = torch.get_rng_state()
    drawn(Batches(50, 5, seed=0), 30)
    assert torch.equal(torch.get_rng_state(), before)


def test_resize_acts_on_the_next_batch_and_repeats_no_sample_of_the_epoch():
    batches = Batches(20, 4, seed=2)
    seen = drawn(batches, 2)
    batches.resize(6)
    seen += drawn(batches, 2)
    assert [len(batch) for batch in seen] == [4, 4, 6, 6]
    assert sorted(chain(*seen)) == list(range(20))
    batches.resize(None)
    assert batches.draw() is None
    batches.resize(5)
    assert len(batches.draw()) == 5


def test_restored_batches_go_on_in_the_middle_of_an_epoch():
    batches = Batches(10, 3, seed=4)
    drawn(batches, 2)
    state = batches.state()
    ahead = drawn(batches, 9)
    twin = Batches(10, 3, seed=99)
    twin.restore(state)
    assert drawn(twin, 9) == ahead


@pytest.mark.parametrize(("samples", "size", "of_one"), [(10, 3, 3), (12, 4, 3), (7, 1, 7), (6, None, 1)])
def test_epochs_are_counted_by_their_last_batch_and_said_beforehand(samples, size, of_one):
    batches = Batches(samples, size, seed=0)
    for drawn_so_far in range(5 * of_one):
        assert batches.epochs == drawn_so_far // of_one
        assert [batches.until(epochs) for epochs in range(1, 6)] == [
            max(0, epochs * of_one - drawn_so_far) for epochs in range(1, 6)
        ]
        batches.draw()


def test_who_goes_back_has_the_epochs_of_then():
    batches = Batches(10, 3, seed=0)
    for _ in range(4):
        batches.draw()
    twin = Batches(10, 3, seed=0)
    twin.restore(batches.state())
    assert (twin.epochs, twin.until(2)) == (1, 2)


@pytest.mark.parametrize("size", [3, None])
def test_several_are_what_one_after_the_other_would_be(size):
    one, several = Batches(10, size, seed=5), Batches(10, size, seed=5)
    each = [one.draw() for _ in range(7)]
    expected = [torch.arange(10) if indices is None else indices for indices in each]
    assert torch.equal(several.draw_several(7), torch.stack(expected))
    assert several.epochs == one.epochs
