"""The tables of the store.

Times are seconds since 1970 in UTC. What is given from outside (runs, results, decisions) has a `uid` of its own, made
where it arose, so that what is delivered twice is stored once.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

HEAD = "0002"
"""The migration that these tables belong to, the newest in `migrations/versions`."""

WHOLE_PART = 0
"""Among sizes: the whole part as one region."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column of type INTEGER.
_Number = BigInteger().with_variant(Integer, "sqlite")

stations = Table(
    "stations",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
)

recipes = Table(
    "recipes",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("content", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("uid", String(36), nullable=False, unique=True),
    Column("station_id", ForeignKey("stations.id"), nullable=False),
    Column("recipe_id", ForeignKey("recipes.id")),
    Column("kind", String(20), nullable=False),
    Column("title", Text, nullable=False),
    Column("started", Float, nullable=False, index=True),
    Column("ended", Float),
    Column("finished", Boolean, nullable=False),
    Column("model", Text, nullable=False),
    Column("threshold", Float),
    Column("settings_sha256", String(64), nullable=False, index=True),
    Column("settings", JSON, nullable=False),
    # Sizes in patches of the numbers in `results.size_scores`, `WHOLE_PART` for the whole part.
    Column("sizes", JSON, nullable=False),
    # Names of the numbers in `results.levels`.
    Column("subspaces", JSON, nullable=False),
    Column("good", Integer, nullable=False),
    Column("defect", Integer, nullable=False),
    Column("inspected", Integer, nullable=False),
    Column("error", Integer, nullable=False),
)

parts = Table(
    "parts",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("path", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("modified", BigInteger, nullable=False),
    UniqueConstraint("path", "sha256", name="uq_parts_path_sha256"),
    Index("ix_parts_sha256", "sha256"),
)

results = Table(
    "results",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("uid", String(64), nullable=False, unique=True),
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("part_id", ForeignKey("parts.id"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("moment", Float, nullable=False),
    Column("score", Float),
    Column("threshold", Float),
    Column("verdict", String(10)),
    Column("reason", Text),
    Column("width", Integer),
    Column("height", Integer),
    Column("milliseconds", Float),
    Column("error", Text),
    # float32, little-endian: each subspace's highest anomaly.
    Column("levels", LargeBinary),
    # float64, little-endian: the score of regions of at least each size of the run.
    Column("size_scores", LargeBinary),
    Column("details", JSON, nullable=False),
    Index("ix_results_run_position", "run_id", "position"),
    Index("ix_results_run_score", "run_id", "score"),
)

regions = Table(
    "regions",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("result_id", ForeignKey("results.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("x", Integer, nullable=False),
    Column("y", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("area_px", Integer, nullable=False),
    Column("peak", Float, nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("result_id", ForeignKey("results.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("channel", String(40), nullable=False),
    Column("share", Float, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("uid", String(36), nullable=False, unique=True),
    Column("part_id", ForeignKey("parts.id"), nullable=False, index=True),
    Column("result_uid", String(64)),
    Column("who", String(200), nullable=False),
    Column("moment", Float, nullable=False),
    Column("decision", String(20), nullable=False),
    Column("note", Text, nullable=False),
)
