// Reflection: answers of services that amplify (src/detect/reflectors.h) flood whom the questions were forged
// for. Seen at the victim, as answers that it didn't ask for; and at the reflector, as one question again and
// again whose answers are much larger. Block pages of middleboxes over TCP too; by SYN/ACKs, see
// src/detect/floods.h.
//
// At the victim an attack is 100 answers of one service without a minute's gap (AmpPot's bound, Krämer et
// al., RAID 2015) from ten reflectors (Kopp et al., "DDoS Hide & Seek", IMC 2019) of 200 bytes on average
// (theirs for NTP), or 1,000 a second of any size from any number. At the reflector it is 100 times the same
// question within a minute, at three times the bytes out that come in. One answer to one question is neither.
// Over TCP 100 pages within a second are asked for, as browsers fetch as many from as many servers.
#pragma once

#include "detect/count_min.h"
#include "detect/detector.h"
#include "detect/entropy.h"
#include "detect/heavy_table.h"
#include "detect/reflectors.h"

namespace vedette {

class Amplification final : public Detector {
 public:
  explicit Amplification(Raise raise) : Detector(std::move(raise)) {}
  using Detector::take;
  void take(const FlowStep& step) override;
  void look(const FlowStep& step) override;
  void tick(Nanoseconds now) override;
  void finish() override;
  [[nodiscard]] std::size_t memory() const override {
    return victims_.memory() + clients_.memory() + questions_.memory();
  }

 private:
  struct Reflection {  // of one service at one victim
    HashedSpread sources;
    Nanoseconds first{}, last{};
    std::uint64_t packets = 0, bytes = 0;
    vdt_address source{};  // the first one's
    bool convicted = false;
    bool alone = false;  // no other source had come when it was convicted
    bool news = false;   // since it was raised
    [[nodiscard]] std::uint64_t weight() const { return packets; }
  };
  struct Client {  // who asks one service of one server
    vdt_address server{};
    Nanoseconds first{}, last{};
    std::uint64_t questions = 0, question_bytes = 0, answers = 0, answer_bytes = 0;
    std::uint32_t repeated = 0;  // how often its most frequent question came in this minute
    bool convicted = false;
    bool news = false;
    [[nodiscard]] std::uint64_t weight() const { return questions; }
  };
  using Victims = HeavyTable<Reflection>;
  using Clients = HeavyTable<Client>;

  void take_unasked(const FlowStep& step, const Reflector& service);
  void take_question(const FlowStep& step, const Reflector& service);
  void take_answer(const FlowStep& step, const Reflector& service);
  void tell();
  void raise_unasked(Victims::Entry& entry, Nanoseconds now);
  void raise_asked(Clients::Entry& entry, Nanoseconds now);

  Victims victims_{1024};
  Clients clients_{4096};
  CountMin<4, 16'384> questions_;
  Nanoseconds minute_{};  // when `questions_` began
  Nanoseconds told_{};
  bool convicted_ = false;  // anything ever
};

}  // namespace vedette
