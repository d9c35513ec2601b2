"""Issue 18.3: Grafana shows what people call things, and no two things alike."""

from surco_service.usecases.names import Named, named, names_of
from tests.builders import a_bed, a_garden


def test_a_bed_is_called_as_people_call_it() -> None:
    here, bed = a_garden(id="agua-clara", name="Huerto Agua Clara"), a_bed(garden="agua-clara")
    bed_name = names_of([here], [bed])[bed.id]
    assert bed_name.place == f"Huerto Agua Clara · {bed.name}"
    assert bed_name.fields() == {
        "garden_name": "Huerto Agua Clara", "bed_name": bed.name, "place": bed_name.place,
    }  # fmt: skip


def test_beds_of_one_name_are_told_apart_only_within_a_garden() -> None:
    gardens = [a_garden(id="norte", name="Norte"), a_garden(id="sur", name="Sur")]
    beds = [
        a_bed(id="n-1", garden="norte", name="Fresas"),
        a_bed(id="n-2", garden="norte", name="Fresas"),
        a_bed(id="s-1", garden="sur", name="Fresas"),
        a_bed(id="s-2", garden="sur", name=""),
    ]
    assert [one.bed for one in names_of(gardens, beds).values()] == [
        "Fresas (n-1)", "Fresas (n-2)", "Fresas", "s-2",
    ]  # fmt: skip


def test_gardens_of_one_name_are_told_apart() -> None:
    gardens = [a_garden(id="a", name="La Escuela"), a_garden(id="b", name="La Escuela")]
    beds = [a_bed(id="a-1", garden="a"), a_bed(id="b-1", garden="b")]
    assert len({one.place for one in names_of(gardens, beds).values()}) == 2


def test_what_has_no_name_goes_by_its_id() -> None:
    assert named({}, "agua-clara", "agua-clara-2") == Named("agua-clara", "agua-clara-2")
