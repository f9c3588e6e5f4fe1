"""The desk's pages, one module for each thing that staff come for. `app.PAGES` lists them."""
