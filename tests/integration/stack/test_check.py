"""`photolog check` on the real servers: what is not there yet, what a single node lacks, and what an operator undid."""

import asyncio
import json
import subprocess
import uuid
from pathlib import Path

import pytest
from cassandra.cluster import Cluster
from minio import Minio
from minio.credentials.providers import StaticProvider
from minio.minioadmin import MinioAdmin

from infra.check.all import check
from infra.cql.driver import cluster_of
from infra.local.site import PHOTOLOG
from infra.local.stack.stack import Stack
from infra.minio.site import signer
from infra.process.environment import load_settings
from infra.process.settings import Settings
from infra.secrets.site import site_secrets
from infra.wiring import places
from infra.wiring.cluster import connected
from tests.pace import patient

NOWHERE = "127.0.0.1:1"
AWAY = "it does not answer"
ANYTHING = {"Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::*"]}


@pytest.fixture
def settings(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Those of a site on the stack, under a name of its own; in the environment too."""
    for name, value in {**stack.environment, "PHOTOLOG_SITE": f"c{uuid.uuid4().hex[:12]}"}.items():
        monkeypatch.setenv(name, value)
    return load_settings()


@pytest.fixture
async def made(settings: Settings) -> Settings:
    """The same, with everything that a process makes when it starts."""
    async with connected(settings):
        pass
    return settings


async def faults(settings: Settings) -> list[tuple[str, str, str]]:
    """What is not ok."""
    found = await check(settings)
    return [(finding.severity, finding.about, finding.text) for finding in found if finding.severity != "ok"]


async def faults_beside_load(settings: Settings) -> list[tuple[str, str, str]]:
    """The same, of servers that are there: where other tests keep them busy they may answer the second time."""
    async with asyncio.timeout(patient(60)):
        while True:
            found = await faults(settings)
            if not any(text.startswith(AWAY) for _, _, text in found):
                return found


async def test_before_the_first_start_everything_is_missing(settings: Settings) -> None:
    missing = [(about, text) for severity, about, text in await faults_beside_load(settings) if severity == "missing"]
    prefix = settings.site
    assert ("kafka", f"there is no topic {prefix}.photolog.posts") in missing
    assert ("cql", f"there is no keyspace {prefix}_photolog") in missing
    assert [about for about, _ in missing][-1] == "minio"


async def test_a_started_site_on_single_nodes_lacks_copies_and_guards_and_nothing_else(made: Settings) -> None:
    said = await faults_beside_load(made)
    assert {severity for severity, _, _ in said} == {"weak"}
    topics = {name for name in _topics(made) if ("weak", "kafka", f"{name} has replication 1, below 3") in said}
    assert topics == _topics(made)
    assert ("weak", "redis", "there is no replica to take over") in said
    assert [text.partition(":")[0] for _, about, text in said if about == "mail"] == ["PHOTOLOG_SMTP_HOST is not set"]
    assert [text for _, about, text in said if about == "minio"] == [
        "PHOTOLOG_S3_ENDPOINT is without TLS: uploads can be read"
    ]


async def test_what_an_operator_undid_is_named(made: Settings, stack: Stack) -> None:
    before = await faults_beside_load(made)
    await asyncio.to_thread(_undo_durability, made)
    await asyncio.to_thread(_let_everybody_in, made, stack)
    assert {text.partition(":")[0] for _, _, text in set(await faults_beside_load(made)) - set(before)} == {
        f"{made.site}_photolog has durable_writes off",
        "the user that signs uploads may read",
        f"nobody in particular may list {made.site}-photolog",
        "everybody may read uploads",
    }


async def test_servers_that_do_not_answer_are_missing(settings: Settings) -> None:
    away = {"kafka": NOWHERE, "cql": NOWHERE, "redis": f"redis://{NOWHERE}"}
    away |= {"opensearch": f"http://{NOWHERE}", "s3_endpoint": f"http://{NOWHERE}"}
    said = [one for one in await faults(settings.model_copy(update=away)) if one[1] != "mail"]
    assert [(severity, about) for severity, about, _ in said] == [
        ("missing", about) for about in ("kafka", "cql", "partitions", "redis", "opensearch", "minio")
    ]
    assert all(text.startswith(AWAY) for _, _, text in said)


def test_the_command_says_it_in_lines_and_in_json_and_by_its_status(settings: Settings, tmp_path: Path) -> None:
    lines = subprocess.run([PHOTOLOG, "check"], capture_output=True, text=True, cwd=tmp_path)
    assert lines.returncode == 1, lines.stderr
    assert f"missing  cql      there is no keyspace {settings.site}_photolog" in lines.stdout.splitlines()
    said = subprocess.run([PHOTOLOG, "check", "--json"], capture_output=True, text=True, cwd=tmp_path)
    assert said.returncode == 1
    assert {"about": "redis", "severity": "ok", "text": "it is a master"} in json.loads(said.stdout)


def test_an_embedded_site_has_no_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTOLOG_BACKEND", "embedded")
    said = subprocess.run([PHOTOLOG, "check"], capture_output=True, text=True, cwd=tmp_path)
    assert (said.returncode, said.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


def _topics(settings: Settings) -> set[str]:
    return {f"{settings.site}.photolog.{name}" for name in ("accounts", "posts", "follows", "engagement", "dlq")}


def _undo_durability(settings: Settings) -> None:
    cluster: Cluster = cluster_of(places.cql_servers(settings))
    cluster.connect().execute(f"ALTER KEYSPACE {places.keyspace(settings).name} WITH durable_writes = false")
    cluster.shutdown()


def _let_everybody_in(settings: Settings, stack: Stack) -> None:
    site = places.minio(settings)
    user, password = settings.s3_admin_user, places.shown(settings.s3_admin_password)
    policy = {"Version": "2012-10-17", "Statement": [ANYTHING]}
    admin = MinioAdmin(endpoint=site.address.netloc, credentials=StaticProvider(user, password), secure=False)
    admin.policy_add(signer(site, site_secrets(settings)).user, policy=policy)
    resources = [f"arn:aws:s3:::{site.bucket}", f"arn:aws:s3:::{site.bucket}/*"]
    everybody = {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject"], "Principal": {"AWS": ["*"]}}
    open_to_all = {"Version": "2012-10-17", "Statement": [{**everybody, "Resource": resources}]}
    store = Minio(site.address.netloc, user, password, secure=False)
    store.set_bucket_policy(site.bucket, json.dumps(open_to_all))
