"""Ratings of cases."""

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from backend.adapters.rating_tables import rating
from backend.adapters.repositories.upsert import insert_for
from backend.domain.rating import Rating


class RatingTable:
    """Keeps `ports.Ratings`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, given: Rating) -> bool:
        insert = insert_for(self._connection, rating).values(vars(given))
        return bool(self._connection.execute(insert.on_conflict_do_nothing(index_elements=["case_id"])).rowcount)

    def add_words(self, case_id: int, words: str) -> bool:
        wordless = (rating.c.case_id == case_id) & (rating.c.comment == "")
        return bool(self._connection.execute(update(rating).where(wordless).values(comment=words)).rowcount)

    def of_case(self, case_id: int) -> Rating | None:
        row = self._connection.execute(select(rating).where(rating.c.case_id == case_id)).first()
        return None if row is None else Rating(**row._mapping)
