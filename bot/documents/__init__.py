"""The documents of a case as printable A4 pages (HTML that needs nothing but itself).

`paper.html_of` lays out the facts of `backend.services.documents`; `photos.pictures_of` fetches the photos that the
facts name. What codes are called stands in `words.yml`, what a document says in `templates/KIND.html.j2`, how all of
them look in `templates/base.html.j2`. `python -m bot.documents CASE_NO KIND` prints one.
"""
