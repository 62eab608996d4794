"""What goes to the browser comes back: exactly where it can, within the coding's own grain elsewhere."""

import numpy as np
import pytest

from viz.wire import payload


def there_and_back(array: np.ndarray, coding: str) -> np.ndarray:
    _, arrays = payload.decode(payload.encode({}, {"a": (array, coding)}))
    return arrays["a"]


def test_header_and_arrays_come_back_by_name_and_shape() -> None:
    given = {"p": (np.arange(12.0).reshape(2, 3, 2), "f4"), "q": (np.array([0.25, 1.0]), "unit16")}
    header, arrays = payload.decode(payload.encode({"words": "√ and µ", "n": 3}, given))
    assert header == {"words": "√ and µ", "n": 3}
    np.testing.assert_array_equal(arrays["p"], np.arange(12.0).reshape(2, 3, 2))
    np.testing.assert_allclose(arrays["q"], [0.25, 1.0], atol=1 / 65534)


def test_log16_keeps_three_digits_over_sixty_decades_and_both_signs() -> None:
    values = np.concatenate([10.0 ** np.linspace(-40, 20, 400), -(10.0 ** np.linspace(-33, 7, 300))])
    np.testing.assert_allclose(there_and_back(values, "log16"), values, rtol=2.2e-3)
    narrow = np.linspace(0.7, 1.9, 500)
    np.testing.assert_allclose(there_and_back(narrow, "log16"), narrow, rtol=2e-5)


def test_log16_keeps_zero_exact_and_what_is_not_finite_as_none() -> None:
    back = there_and_back(np.array([0.0, 3.0, np.nan, np.inf, -np.inf, -0.0, 5e-324]), "log16")
    assert back[0] == back[5] == 0
    assert np.isnan(back[2:5]).all()
    assert back[1] == pytest.approx(3, rel=0.03)
    assert back[6] > 0


def test_log16_of_one_size_is_exact() -> None:
    np.testing.assert_allclose(
        there_and_back(np.array([-0.3, 0.3, 0.3]), "log16"), [-0.3, 0.3, 0.3], rtol=1e-12
    )


def test_an_index_comes_back_to_the_letter() -> None:
    given = np.array([[-2.0, -1.0, 0.0], [1.0, 7.0, 999.0]])
    np.testing.assert_array_equal(there_and_back(given, "index"), given)


def test_unit16_marks_what_is_undefined() -> None:
    back = there_and_back(np.array([0.0, np.nan, 1.0]), "unit16")
    assert back[0] == 0
    assert np.isnan(back[1])
    assert back[2] == 1


def test_what_encode_did_not_make_is_refused() -> None:
    with pytest.raises(ValueError, match="no race"):
        payload.decode(b"GFRX\0\0\0\0")
    with pytest.raises(ValueError, match="unknown coding 'f8'; choose from: f4, log16, unit16, index"):
        payload.encode({}, {"a": (np.zeros(2), "f8")})
