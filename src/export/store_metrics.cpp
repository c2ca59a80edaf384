// What the history's store wrote, lost and takes up.
#include "export/sensor_metrics.h"

namespace vedette {

namespace {

constexpr auto kCounter = MetricType::kCounter;
constexpr auto kGauge = MetricType::kGauge;

double seconds(Nanoseconds span) {
  return std::chrono::duration<double>(span).count();
}

void write_rows(MetricWriter& metrics, const StoreStatus& store) {
  metrics.single("vedette_store_accepted_rows_total", kCounter,
                 "Rows of history that found room in the store's queue.", store.accepted);
  metrics.single(
      "vedette_store_written_rows_total", kCounter,
      "Rows of history that were written and acknowledged; of a server also those that an earlier sensor "
      "left in the spool.",
      store.rows);
  metrics.family("vedette_store_lost_rows_total", kCounter, "Rows of history that were lost, by reason.");
  metrics.sample({{"reason", "queue_full"}}, store.queue_full);
  metrics.sample({{"reason", "unwritten"}}, store.unwritten);
  metrics.family("vedette_store_waiting_rows", kGauge,
                 "Rows of history that wait to be written: in memory, and in files for a server.");
  metrics.sample({{"place", "queue"}}, store.waiting - store.spooled_rows);
  metrics.sample({{"place", "spool"}}, store.spooled_rows);
  metrics.family("vedette_store_waiting_bytes", kGauge, "Bytes of the rows of history that wait, by place.");
  metrics.sample({{"place", "queue"}}, store.queued_bytes);
  metrics.sample({{"place", "spool"}}, store.spooled_bytes);
}

void write_writing(MetricWriter& metrics, const StoreStatus& store) {
  metrics.family("vedette_store_writing", kGauge,
                 "1 where the latest attempt to write history succeeded, else 0.");
  metrics.sample(std::uint64_t{store.writing});
  metrics.single("vedette_store_failed_writes_total", kCounter,
                 "Attempts to write history that failed; its rows wait and are tried again.",
                 store.failed_writes);
  metrics.family("vedette_store_last_write_timestamp_seconds", kGauge,
                 "When history was last written, since the epoch.");
  if (store.last_write) metrics.sample(seconds(*store.last_write));
  metrics.single("vedette_store_set_aside_files_total", kCounter,
                 "Files of history that could not be read and were set aside.", store.set_aside);
}

void write_room(MetricWriter& metrics, const StoreStatus& store) {
  const std::string_view engine = std::string_view(store.engine).substr(0, store.engine.find(' '));
  metrics.family(
      "vedette_store_table_bytes", kGauge,
      "Bytes of history on the disk, by engine and by table: of the embedded engine the files of one "
      "level, of a server each table, with all sensors' rows.");
  for (const StoredTable& table : store.tables)
    metrics.sample({{"engine", engine}, {"table", table.name}}, table.bytes);
  metrics.family("vedette_store_table_oldest_timestamp_seconds", kGauge,
                 "Where the oldest day or month of history begins, since the epoch.");
  for (const StoredTable& table : store.tables)
    if (table.oldest) metrics.sample({{"engine", engine}, {"table", table.name}}, seconds(*table.oldest));
  metrics.family("vedette_store_table_kept_seconds", kGauge, "For how long history is kept.");
  for (const StoredTable& table : store.tables)
    if (table.days != 0)
      metrics.sample({{"engine", engine}, {"table", table.name}}, seconds(std::chrono::days(table.days)));
  metrics.single("vedette_store_folder_bytes", kGauge,
                 "Bytes of the store's own folder: its files, or those that wait for a server.", store.bytes);
  metrics.single("vedette_store_folder_limit_bytes", kGauge, "Bytes that the store's own folder may take.",
                 store.most_bytes);
  if (!store.disk) return;
  metrics.single("vedette_store_disk_free_bytes", kGauge, "Bytes that are free where the store's folder is.",
                 store.disk->free_bytes);
  metrics.single("vedette_store_disk_size_bytes", kGauge, "Bytes of the disk that the store's folder is on.",
                 store.disk->bytes);
}

void write_queries(MetricWriter& metrics, const StoreQueries& queries) {
  metrics.family("vedette_store_queries_total", kCounter,
                 "Questions to the history, analyses' among them, by what became of them.");
  metrics.sample({{"outcome", "answered"}}, queries.answered);
  metrics.sample({{"outcome", "refused"}}, queries.refused);
  metrics.sample({{"outcome", "failed"}}, queries.failed);
  metrics.family("vedette_store_query_seconds_total", kCounter, "Time spent on questions to the history.");
  metrics.sample(seconds(queries.spent));
}

}  // namespace

void write_store_metrics(MetricWriter& metrics, const StoreStatus& store) {
  write_rows(metrics, store);
  write_writing(metrics, store);
  write_room(metrics, store);
  write_queries(metrics, store.queries);
}

}  // namespace vedette
