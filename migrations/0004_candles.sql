-- Market data. Belongs to nobody: every tenant reads the same candles, only the owner (import) and the engine
-- (later: ingestion jobs) write them.

-- Content-addressed months of bars. Never changed, never deleted: a run names the chunks it read.
CREATE TABLE bar_chunks (
    chunk_hash bytea NOT NULL,
    instrument text NOT NULL,
    timeframe text NOT NULL,
    month date NOT NULL,
    bars integer NOT NULL,
    content bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT bar_chunks_pk PRIMARY KEY (chunk_hash),
    CONSTRAINT bar_chunks_hash_is_sha256 CHECK (octet_length(chunk_hash) = 32),
    CONSTRAINT bar_chunks_month_is_first CHECK (extract(day FROM month) = 1),
    CONSTRAINT bar_chunks_has_bars CHECK (bars > 0)
);

-- Which chunk is the current one for a month. The only mutable part of the market data.
CREATE TABLE candle_months (
    instrument text NOT NULL,
    timeframe text NOT NULL,
    month date NOT NULL,
    chunk_hash bytea NOT NULL,
    bars integer NOT NULL,
    first_open_at timestamptz NOT NULL,
    last_open_at timestamptz NOT NULL,
    source text NOT NULL,
    imported_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT candle_months_pk PRIMARY KEY (instrument, timeframe, month),
    CONSTRAINT candle_months_chunk_fk FOREIGN KEY (chunk_hash) REFERENCES bar_chunks (chunk_hash),
    CONSTRAINT candle_months_source_known CHECK (source IN ('csv', 'binance', 'synthetic'))
);
CREATE INDEX candle_months_chunk_ix ON candle_months (chunk_hash);

GRANT SELECT ON bar_chunks, candle_months TO tradecraft_web, tradecraft_engine;
COMMENT ON TABLE bar_chunks IS 'class: public';
COMMENT ON TABLE candle_months IS 'class: public';
