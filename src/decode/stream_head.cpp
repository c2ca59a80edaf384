#include "decode/stream_head.h"

#include <algorithm>

namespace vedette {

void StreamHead::begin_at(std::uint32_t first, bool syn) {
  if (dropped_) return;
  if (!placed_ || (syn && !by_syn_ && first != first_)) {  // what stands before a SYN is another connection's
    data_.clear();
    pieces_.clear();
    arrivals_.clear();
    first_ = other_ = first;
    placed_ = true;
    by_syn_ = syn;
  } else if (syn) {
    by_syn_ = true;
    if (first != first_) other_ = first;  // a repeated one takes nothing from another
  } else if (data_.empty() && first == other_) {
    first_ = other_;
  }
}

void StreamHead::begin_at_payload(std::uint32_t first, std::size_t size) {
  if (dropped_ || by_syn_ || !data_.empty()) return;
  const auto distance = static_cast<std::int32_t>(first - first_);
  const bool keeps_alive = distance == -1 && size == 1;
  if (distance == 1 || (distance < 0 && !keeps_alive)) first_ = other_ = first;
}

void StreamHead::add_segment(std::uint32_t sequence, bool syn, std::span<const std::uint8_t> payload,
                             Nanoseconds time, std::size_t limit) {
  const std::uint32_t first = sequence + (syn ? 1 : 0);
  if (!placed_ || syn || !payload.empty()) begin_at(first, syn);
  if (payload.empty()) return;
  begin_at_payload(first, payload.size());
  const auto distance = static_cast<std::int32_t>(first - first_);
  std::size_t begin = 0;
  if (distance < 0) {
    const auto before = static_cast<std::size_t>(-static_cast<std::int64_t>(distance));
    if (before >= payload.size()) return;
    payload = payload.subspan(before);
  } else {
    begin = static_cast<std::size_t>(distance);
  }
  if (begin >= limit) return;
  keep(begin, payload.first(std::min(payload.size(), limit - begin)));
  note_arrival(time, false);
}

void StreamHead::add_datagram(std::span<const std::uint8_t> payload, bool cut, Nanoseconds time,
                              std::size_t limit) {
  full_ = full_ || payload.size() > limit - data_.size() || arrivals_.size() >= kMostArrivals;
  if (full_ || payload.empty()) return;
  keep(data_.size(), payload);
  note_arrival(time, cut);
}

void StreamHead::note_arrival(Nanoseconds time, bool cut) {
  const auto known = static_cast<std::uint32_t>(bytes().size());
  if (known == (arrivals_.empty() ? 0 : arrivals_.back().end)) return;
  if (arrivals_.size() < kMostArrivals)
    arrivals_.push_back({.end = known, .cut = cut, .time = time});
  else
    arrivals_.back().end = known;
}

void StreamHead::keep(std::size_t begin, std::span<const std::uint8_t> payload) {
  const std::size_t end = begin + payload.size();
  // Those that it touches or overlaps become one with it.
  const auto low = std::ranges::lower_bound(pieces_, begin, {}, &Piece::end);
  const auto high = std::ranges::upper_bound(low, pieces_.end(), end, {}, &Piece::begin);
  if (low == high && pieces_.size() >= kMostPieces) return;
  if (data_.size() < end) data_.resize(end);
  std::size_t at = begin;
  for (auto piece = low; piece != high; ++piece) {
    if (at < piece->begin) std::copy_n(payload.begin() + (at - begin), piece->begin - at, data_.begin() + at);
    at = std::max<std::size_t>(at, piece->end);
  }
  if (at < end) std::copy_n(payload.begin() + (at - begin), end - at, data_.begin() + at);
  Piece joined{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
  if (low != high) {
    joined.begin = std::min(joined.begin, low->begin);
    joined.end = std::max(joined.end, std::prev(high)->end);
  }
  pieces_.insert(pieces_.erase(low, high), joined);
}

std::span<const std::uint8_t> StreamHead::bytes() const {
  if (pieces_.empty() || pieces_.front().begin != 0) return {};
  return std::span(data_).first(pieces_.front().end);
}

void StreamHead::drop(std::size_t count, Nanoseconds now) {
  if (count == 0) return;
  const auto gone = static_cast<std::uint32_t>(count);
  data_.erase(data_.begin(), data_.begin() + static_cast<std::ptrdiff_t>(std::min(count, data_.size())));
  if (data_.empty()) std::vector<std::uint8_t>().swap(data_);  // a connection that idles holds no memory
  std::erase_if(pieces_, [&](const Piece& piece) { return piece.end <= gone; });
  for (Piece& piece : pieces_) piece = {piece.begin - std::min(piece.begin, gone), piece.end - gone};
  std::erase_if(arrivals_, [&](const Arrival& arrival) { return arrival.end <= gone; });
  for (Arrival& arrival : arrivals_) arrival.end -= gone;
  first_ += gone;
  dropped_ = true;
  note_arrival(now, false);  // of what stood behind a gap
}

std::size_t StreamHead::memory() const {
  return data_.capacity() + pieces_.capacity() * sizeof(Piece) + arrivals_.capacity() * sizeof(Arrival);
}

}  // namespace vedette
