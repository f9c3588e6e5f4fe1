"""The PostgreSQL that tests run against: real, private, and gone afterwards."""

from pathlib import Path

import psutil
import psycopg2
import pytest
from sqlalchemy import create_engine, text

from tests.postgres import temporary_database, temporary_postgres


def test_a_real_server_stores_chinese_in_a_database_of_its_own_and_stops_at_the_end() -> None:
    with temporary_postgres() as server:
        with temporary_database(server) as url:
            engine = create_engine(url)
            with engine.begin() as connection:
                connection.execute(text("CREATE TABLE note (said TEXT)"))
                connection.execute(text("INSERT INTO note VALUES ('收到杯子是碎的')"))
                assert connection.execute(text("SELECT said FROM note")).scalar_one() == "收到杯子是碎的"
                version = connection.execute(text("SHOW server_version_num")).scalar_one()
            engine.dispose()
        assert int(version) >= 160000
        with pytest.raises(psycopg2.OperationalError, match="does not exist"):
            psycopg2.connect(url.replace("+psycopg2", ""))
        folder = Path(server.partition("host=")[2])
        pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    assert not folder.exists()
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
