from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.core.errors import Invalid
from dispatch.core.ids import MerchantId
from dispatch.operations.parameters import Parameters
from dispatch.settings import DEFAULT_TOWN, TABLES, Settings, read_settings, settings_of, written
from dispatch.slots.service_levels import Mode
from dispatch.tracking.proofs import Asked, ProofKind


def read(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "parameters.toml"
    file.write_text(text, encoding="utf-8")
    return read_settings(file)


def refused(tmp_path: Path, text: str) -> Invalid:
    with pytest.raises(Invalid) as why:
        read(tmp_path, text)
    assert "parameters.toml" in str(why.value)
    return why.value


def test_nothing_written_is_the_pilot(tmp_path: Path) -> None:
    assert read(tmp_path, "") == Settings(DEFAULT_TOWN, Parameters())


def test_what_is_written_counts_and_the_rest_keeps_its_default(tmp_path: Path) -> None:
    found = read(tmp_path, "[tariff]\nexpress_cents = 690\n[quotes]\nlife_min = 20").parameters
    assert (found.tariff.express_cents, found.tariff.standard_cents) == (690, 500)
    assert found.quote_life_min == 20


@pytest.mark.parametrize(
    ("preset", "lead_min", "latest_min"), [("within_4h", 0, 240), ("from_4h", 240, None)]
)
def test_both_readings_of_express_in_four_hours(
    tmp_path: Path, preset: str, lead_min: int, latest_min: int | None
) -> None:
    express = read(tmp_path, f'preset = "{preset}"').parameters.levels[Mode.EXPRESS]
    assert (express.min_lead_min, express.max_lead_min) == (lead_min, latest_min)


def test_times_of_day_are_written_as_on_the_wall(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        '[waves]\ncut_offs = ["08:05", "17:30"]\n[levels.express]\nsame_day_until = "20:15"',
    ).parameters
    assert found.waves.cut_offs_min == (485, 1050)
    assert found.levels[Mode.EXPRESS].same_day_until == 1215


@pytest.mark.parametrize(
    ("text", "field", "hint"),
    [
        ("[tarif]", "tarif", "did you mean 'tariff'?"),
        ("[wave]\nseed = 1", "wave", "did you mean 'waves'?"),
        ('twon = "x"', "twon", "did you mean 'town'?"),
        ("[tariff]\nexpres_cents = 1", "tariff.expres_cents", "did you mean 'express_cents'?"),
        ('[waves]\ncut_off = ["09:00"]', "waves.cut_off", "did you mean 'cut_offs'?"),
        ("[quotes]\nlive_min = 1", "quotes.live_min", "did you mean 'life_min'?"),
        ("[weights]\nlateness = 1", "weights.lateness", "late_per_s, paid_per_s"),
        ("[service_times]\ndrops_s = 1", "service_times.drops_s", "did you mean 'drop_s'?"),
        ('[streets]\nengin = "osrm"', "streets.engin", "did you mean 'engine'?"),
        ("[holds]\nmax_share = 0.5", "holds.max_share", "did you mean 'max_held_share'?"),
        ("[api]\nquota = 600", "api.quota", "known: quota_per_min"),
        ("[levels.expres]", "expres", "express"),
        ("[levels.express]\nslot_mn = 60", "express.slot_mn", "slot_min"),
    ],
)
def test_a_misspelt_word_is_an_error_that_names_the_right_one(
    tmp_path: Path, text: str, field: str, hint: str
) -> None:
    why = refused(tmp_path, text)
    assert why.field == field
    assert hint in str(why)


def test_a_word_like_no_other_lists_the_known_ones(tmp_path: Path) -> None:
    why = str(refused(tmp_path, "[zzz]"))
    assert "did you mean" not in why
    assert all(table in why for table in TABLES)


@pytest.mark.parametrize(
    ("text", "field", "says"),
    [
        ("town = 3", "town", "town is a text, not 3"),
        ('preset = ["from_4h"]', "preset", "preset is a text"),
        ("tariff = 3", "tariff", "write [tariff]"),
        ("[levels]\nexpress = 3", "levels.express", "write [levels.express]"),
        ('[tariff]\nexpress_cents = "490"', "tariff.express_cents", "whole number, not '490'"),
        ("[tariff]\nexpress_cents = 4.9", "tariff.express_cents", "whole number, not 4.9"),
        ("[tariff]\nexpress_cents = true", "tariff.express_cents", "whole number, not True"),
        ("[quotes]\nlife_min = false", "quotes.life_min", "whole number, not False"),
        ('[waves]\nbudget_s = "5"', "waves.budget_s", "a number, not '5'"),
        ("[waves]\nseed = 1.5", "waves.seed", "whole number, not 1.5"),
        ("[waves]\nengine = 3", "waves.engine", "known: greedy, ortools"),
        ('[waves]\nengine = ["ortools"]', "waves.engine", "known: greedy, ortools"),
        ('[waves]\ncut_offs = "09:00"', "waves.cut_offs", "a list of times"),
        ("[waves]\ncut_offs = [540]", "waves.cut_offs", "a list of times"),
        ('[calendar]\nregion = ["alsace"]', "calendar.region", "is a text"),
        ("[nudge]\nenabled = 1", "nudge.enabled", "true or false, not 1"),
        ("[geocoder]\nonline = 1", "geocoder.online", "true or false, not 1"),
        ('[holds]\nmax_held_share = "half"', "holds.max_held_share", "a number, not 'half'"),
        ("[webhooks]\nretry_after_s = 5", "webhooks.retry_after_s", "a list of whole numbers"),
        ("[webhooks]\nretry_after_s = [0.5]", "webhooks.retry_after_s", "whole number, not 0.5"),
        ("[retention]\nevents_days = true", "retention.events_days", "whole number, not True"),
        ('[retention]\nnames_days = "none"', "retention.names_days", "whole number, not 'none'"),
        ("[cancelling]\nfree_until = 1", "cancelling.free_until", "is a text, not 1"),
        ("[levels.express]\nenabled = 1", "express.enabled", "true or false, not 1"),
        ("[levels.express]\nsame_day_until = 1170", "express.same_day_until", '"19:30"'),
    ],
)
def test_a_value_of_another_kind_is_refused_with_its_key(
    tmp_path: Path, text: str, field: str, says: str
) -> None:
    why = refused(tmp_path, text)
    assert why.field == field
    assert says in str(why)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('preset = "from_5h"', "from_4h"),
        ("[quotes]\nlife_min = 0", "life_min is out of 1 to 1440: 0"),
        ("[waves]\nbudget_s = 0", "budget_s is out of 0 to 600: 0"),
        ("[waves]\nbudget_s = nan", "budget_s is out of 0 to 600: nan"),
        ("[waves]\npublish_lag_s = 3601", "publish_lag_s is out of 0 to 3600: 3601"),
        ("[waves]\ncut_offs = []", "cut_offs is empty"),
        ('[waves]\ncut_offs = ["10:00", "09:00"]', "in order, each once"),
        ('[waves]\ncut_offs = ["09:00", "09:00"]', "in order, each once"),
        ('[waves]\ncut_offs = ["24:00"]', "within one day"),
        ('[waves]\ncut_offs = ["9h30"]', "write it as 09:30"),
        ('[waves]\nengine = "magic"', "known: greedy, ortools"),
        ("[service_times]\npickup_s = -1", "pickup_s is out of 0 to 3600: -1"),
        ("[weights]\nlate_per_s = -1", "late_per_s is negative: -1"),
        ("[weights]\ntravel_per_s = 1000001", "weight travel_per_s is above 1_000_000"),
        ("[weights]\nunserved = 1e23", "unserved"),
        ("[tariff]\nvat_bp = 10001", "vat_bp is out of 0 to 10000: 10001"),
        ('[calendar]\nregion = "corse"', "region 'corse' is unknown"),
        ("[api]\nquota_per_min = 0", "quota_per_min is out of 1 to 1000000: 0"),
        ('[server]\npublic_url = "tours.example"', "no address such as https://"),
        ('[server]\npublic_url = "https://x.fr/tours"', "no address such as https://"),
        ("[nudge]\noff_cents = -1", "off_cents is negative: -1"),
        ('[cancelling]\nfree_until = "at_pickup"', "free_until 'at_pickup' is unknown; known: "),
        ("[settlement]\ncommission_bp = 10001", "commission_bp is out of 0 to 10000: 10001"),
        ("[collect]\nremind_after_days = 7", "before the parcel is unclaimed"),
        ("[retention]\nkeys_days = 1", "keys_days is 1"),
        ("[holds]\nmax_held_share = 1.1", "max_held_share is out of 0 to 1: 1.1"),
        ("[webhooks]\nretry_after_s = []", "retry_after_s is empty"),
        ("[levels.express]\nslot_min = 7", "slot_min"),
        ('[levels.express]\nsame_day_until = "25:00"', "25:00"),
        ('[levels.express]\nmax_lead_min = "none"\nsame_day_until = "none"', "must bound"),
    ],
)
def test_a_value_out_of_bounds_names_its_key_and_shows_itself(
    tmp_path: Path, text: str, says: str
) -> None:
    assert says in str(refused(tmp_path, text))


def test_a_bound_is_lifted_by_the_word_none(tmp_path: Path) -> None:
    found = read(tmp_path, '[api]\nquota_per_min = "none"\n[retention]\nevents_days = "none"')
    assert (found.api.quota, found.parameters.retention.events_days) == (None, None)
    assert read(tmp_path, "[retention]\nevents_days = 400").parameters.retention.events_days == 400


def test_a_schedule_is_a_list_of_seconds(tmp_path: Path) -> None:
    found = read(tmp_path, "[webhooks]\nretry_after_s = [0, 5, 60]").parameters.webhooks
    assert found.retry_after_s == (0, 5, 60)


def test_a_file_that_is_not_toml_names_the_line(tmp_path: Path) -> None:
    why = str(refused(tmp_path, "[tariff]\nexpress_cents = 490\nstandard_cents = five\n"))
    assert "is not TOML" in why
    assert "line 3" in why


def test_a_file_that_was_cut_short_says_so(tmp_path: Path) -> None:
    assert "end of document" in str(refused(tmp_path, '[tariff]\ntown = "'))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"cannot read the settings .*nowhere\.toml"):
        read_settings(tmp_path / "nowhere.toml")


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    file = tmp_path / "latin.toml"
    file.write_bytes('town = "tonneins-été"'.encode("latin-1"))
    with pytest.raises(Invalid, match=r"cannot read the settings .*latin\.toml"):
        read_settings(file)


def test_a_routing_server_has_its_address_and_its_words(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        '[streets]\nengine = "osrm"\nurl = "http://127.0.0.1:5000"\nfallback = "own"\n'
        '[streets.urls]\nbike = "http://127.0.0.1:5001"\n[streets.profiles]\ncar = "van"\n',
    ).streets
    assert (found.engine, found.fallback, found.timeout_s) == ("osrm", "own", 2.0)
    assert (found.url_of("car"), found.profile_of("car")) == ("http://127.0.0.1:5000", "van")
    assert (found.url_of("bike"), found.profile_of("bike")) == ("http://127.0.0.1:5001", "bike")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[streets]\nengine = 3", "streets.engine is a text"),
        ('[streets]\nunsigned = "fast"', "unsigned 'fast' is unknown; known: law, class"),
        ('[streets]\ntimeout_s = "2"', "streets.timeout_s is a number"),
        ("[streets]\nkept_min = 1.5", "streets.kept_min is a whole number"),
        ('[streets]\nprofiles = "car"', "write [streets.profiles]"),
        ("[streets.urls]\ncar = 5000", "write [streets.urls]"),
        ('[streets.profiles]\nvan = "car"', "known: bike, cargo_bike, car"),
    ],
)
def test_a_street_setting_of_the_wrong_kind_is_named(tmp_path: Path, text: str, told: str) -> None:
    assert told in str(refused(tmp_path, text))


def test_what_somebody_wrote_is_told_without_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "parameters.toml"
    assert written(file) == {}
    file.write_text('town = "x"\n[waves]\nbudget_s = 3\n[levels.express]\nslot_min = 30\n')
    assert written(file) == {"levels.express.slot_min": 30, "town": "x", "waves.budget_s": 3}


# --- proofs -----------------------------------------------------------------------------


def test_what_is_asked_at_a_door_is_said_for_all_and_for_one_shop() -> None:
    table = {
        "required": ["photo"],
        "most_kb": 100,
        "merchants": {"m_bijoux": {"required": ["pin", "signature"]}},
    }
    rules = settings_of({"proof": table}).parameters.proof
    assert rules.default == Asked(asked=(ProofKind.NAME,), required=(ProofKind.PHOTO,))
    assert rules.of([MerchantId("m_bijoux")]).kinds == (ProofKind.PIN, ProofKind.SIGNATURE)
    assert rules.most_kb == 100


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ({"asked": ["thumb"]}, r"proof\.asked is a list of name, pin, code, photo, signature"),
        ({"asked": "photo"}, r"proof\.asked is a list of .*, not 'photo'"),
        ({"merchants": {"m": {"ask": []}}}, r"\[proof\.merchants\.m\] has no 'ask'"),
        ({"merchants": {"m": 1}}, r"proof\.merchants\.m is a table"),
        ({"most_kb": 300}, "most_kb is out of 20 to 250: 300"),
        ({"store": "s3"}, r"proof\.store is a table"),
        ({"store": {"kind": "ftp"}}, "kind 'ftp' is unknown; known: disk, s3"),
        ({"store": {"kind": "s3"}}, "url does not begin with"),
        ({"store": {"kind": "s3", "url": "https://s3.example.org"}}, "needs its bucket"),
        ({"store": {"timeout_s": 0}}, "timeout_s is 0"),
    ],
)
def test_a_slip_in_the_proofs_is_told_with_its_place(table: dict[str, object], why: str) -> None:
    with pytest.raises(Invalid, match=why):
        settings_of({"proof": table})


def test_chances_come_to_what_the_policy_makes_of_them_unless_the_town_was_taught(
    tmp_path: Path,
) -> None:
    """A plan with a buffer keeps other promises than one that uses them to the last second."""

    def source(text: str) -> str:
        return read(tmp_path, text).parameters.chances.source

    assert "rolling" in source("")
    assert "waves" in source('[dispatching]\npolicy = "waves"\n')
    own = '[chances]\nsource = "ours"\npromises = 100\nas_it_stands = [0.9]\nkept = [0.8]\n'
    assert source(own) == source(f'{own}[dispatching]\npolicy = "waves"\n') == "ours"
