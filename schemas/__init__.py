"""The one place where columns, types, bounds and descriptions are written.

`tables` holds a Pandera model for every published table, `stages` one for every table between two stages of the
pipeline. `derive` turns a model into the Arrow schema, the Hugging Face `Features` and the documentation; `check` finds
the rows of a table that break its model, after `doubt` has told from whole columns which ones may. Import as
`curation.schemas`.
"""
