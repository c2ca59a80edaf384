#include "export/flow_output.h"

#include <fmt/format.h>

#include <utility>

#include "export/flow_exporter.h"
#include "export/kafka_flows.h"

namespace vedette {

Result<std::unique_ptr<FlowOutput>> make_flow_output(ExportTarget target,
                                                     std::function<void(const std::string&)> note) {
  if (target.protocol != ExportProtocol::kKafka) {
    FlowExporterOptions options;
    options.note = std::move(note);
    return FlowExporter::start(std::move(target), std::move(options));
  }
  KafkaFlowsOptions options;
  options.producer.note = [note = std::move(note), to = target.text](const std::string& why) {
    note(fmt::format("export to {}: {}", to, why));
  };
  return make_kafka_flows(target.kafka, target.text, std::move(options));
}

}  // namespace vedette
