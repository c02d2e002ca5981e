"""UIDs follow from content, salt and pseudonym; nothing else goes out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurotomy.imaging.export.identity import Identity, digest
from neurotomy.imaging.export.study import Study, decimal, short


@given(st.text(max_size=80), st.text(max_size=20))
def test_a_uid_is_a_valid_uid_whatever_it_is_made_from(pseudonym, salt):
    uid = Identity(pseudonym, salt).uid("x", pseudonym)
    assert uid.startswith("2.25.")
    assert len(uid) <= 64
    assert uid[5:].isdigit()
    assert uid[5] != "0"


def test_the_same_content_has_the_same_uid_and_other_content_another():
    a, b = Identity("case 1"), Identity("case 1", salt="secret")
    assert a.uid("CT", np.arange(3)) == Identity("case 1").uid("CT", np.arange(3))
    different = {a.uid("CT", 1), a.uid("CT", 2), a.uid("CT", "1"), b.uid("CT", 1), a.uid("C", "T1")}
    assert len(different) == 5
    assert digest(np.zeros(4)) != digest(np.zeros((2, 2)))
    assert digest(np.zeros(2, np.int16)) != digest(np.zeros(2, np.uint16))
    assert digest("ab", "c") != digest("a", "bc")


def test_the_patient_id_is_that_of_the_pseudonym_and_its_salt():
    assert Identity("case 1").patient_id == Identity("case 1").patient_id
    assert Identity("case 1").patient_id != Identity("case 2").patient_id
    assert Identity("case 1").patient_id != Identity("case 1", "secret").patient_id
    assert "case" not in Identity("case 1").patient_id


def test_a_pseudonym_with_dicom_signs_stays_one_name_component():
    assert Identity("a^b\\c=d\ne").patient_name == "a b c d e"


def test_a_new_study_says_that_it_is_deidentified_and_holds_no_dates():
    study = Study.pseudonymous(Identity("case 1"), "abc", "L4/5 right")
    assert study.deidentified
    assert study.header.PatientIdentityRemoved == "YES"
    assert len(study.header.DeidentificationMethod) <= 64
    assert study.header.StudyDate == ""
    assert study.header.PatientBirthDate == ""
    assert study.frame_uid != study.study_uid


@given(st.floats(-1e4, 1e4, allow_nan=False))
def test_decimal_strings_fit_their_sixteen_characters_and_lose_nothing_that_matters(value):
    text = str(decimal(value))
    assert len(text) <= 16
    assert float(text) == pytest.approx(value, abs=1e-9 * max(abs(value), 1e-3))


def test_long_descriptions_are_cut_at_a_word_and_the_beginning_with_the_side_stays():
    text = short("L4/5 right: " + "many words " * 10)
    assert len(text) <= 64
    assert text.startswith("L4/5 right: many")
    assert text.endswith("…")
