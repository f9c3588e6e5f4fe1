"""The chat server's part in a torture run: takes callbacks, by the real clock as their signatures are."""

import logging

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from backend.bootstrap import open_backend
from backend.settings import read_settings
from bot.payments import payments_blueprint


def main() -> None:
    logging.disable(logging.ERROR)
    settings = read_settings()
    app = Sanic("torture", configure_logging=False)
    app.blueprint(payments_blueprint(open_backend(settings).world))

    @app.get("/health")
    async def health(_request: Request) -> HTTPResponse:
        return json({"status": "ready"})

    app.run(host="127.0.0.1", port=settings.chat_port, access_log=False, motd=False)


if __name__ == "__main__":
    main()
