"""The catalogue says of every event type and field what the types say."""

from events.envelope import EVENT_TYPES
from infra.event_schemas.files import FILES
from infra.history.catalogue import as_markdown, catalogue

CATALOGUE = {one.name: one for one in catalogue(FILES)}


def test_every_event_type_is_described_with_every_field_and_which_are_personal() -> None:
    assert len(CATALOGUE) == len(EVENT_TYPES)
    for name, event_type in EVENT_TYPES.items():
        described = CATALOGUE[name.rpartition(".v")[0]]
        assert described.about
        assert {field.name for field in described.fields} == event_type.model_fields.keys()
        assert {field.name for field in described.fields if field.personal} == set(event_type.personal)


def test_it_says_since_which_version_a_field_is_there_and_what_is_written_about_it() -> None:
    published = {field.name: field for field in CATALOGUE["post.published"].fields}
    assert [published[name].since for name in ("caption", "caption_tags", "salt")] == [1, 2, 3]
    assert published["caption_tags"].about == "The hashtags in the caption, which change with it."
    assert CATALOGUE["post.published"].versions == (1, 2, 3)


def test_as_markdown_it_has_a_row_for_every_field() -> None:
    said = as_markdown(list(CATALOGUE.values()))
    rows = sum(line.startswith("| ") for line in said.splitlines()) - len(CATALOGUE)
    assert rows == sum(len(one.fields) for one in CATALOGUE.values())
