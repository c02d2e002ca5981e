import neurotomy.errors as errors


def test_the_drawn_tree_holds_every_error_and_each_is_a_neurotomy_error():
    classes = [getattr(errors, name) for name in errors.__all__ if name != "nearest"]
    for error in classes:
        assert issubclass(error, errors.NeurotomyError)
        assert error.__name__ in errors.__doc__


def test_nearest_names_the_likely_one_or_lists():
    assert (
        errors.nearest("conventional-18g-10m", ["conventional-18g-10mm", "x"])
        == "Did you mean 'conventional-18g-10mm'?"
    )
    assert errors.nearest("zzz", ["b", "a"]) == "Valid: a, b."
