// Reading a recording with a key: what is written down in it.
#include "recording/playback_impl.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace invigil {

namespace {

using recording::Facts;
using recording::Member;
using recording::MemberKind;

void read_policy_line(Facts& facts, std::string_view line, const std::string& where) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) throw Error(Errc::bad_header, where, "is no JSON object");
  const auto text = json.find("policy_toml");
  if (text != json.end() && text->is_string() && facts.policy.empty())
    facts.policy = text->get<std::string>();
  if (const auto named = json.find("models"); named != json.end() && named->is_object())
    for (const auto& [task, model] : named->items())
      if (model.is_string()) facts.models[task] = model.get<std::string>();
  if (const auto raw = json.find("unredacted"); raw != json.end() && raw->is_boolean())
    facts.unredacted = facts.unredacted || raw->get<bool>();
}

std::vector<std::unique_ptr<ByteSource>> only(std::unique_ptr<ByteSource> source) {
  std::vector<std::unique_ptr<ByteSource>> sources;
  sources.push_back(std::move(source));
  return sources;
}

}  // namespace

Playback::Impl::Impl(std::vector<std::unique_ptr<ByteSource>> sources,
                     const std::vector<Identity>& identities) {
  if (sources.empty()) throw Error(Errc::argument, "Playback", "no recording was given");
  for (auto& source : sources)
    parts.push_back(std::make_unique<recording::Reader>(std::move(source), identities));
  for (std::size_t i = 1; i < parts.size(); ++i) parts[i]->follow(*parts[i - 1]);
}

const Facts& Playback::Impl::facts() const {
  const std::lock_guard lock{facts_mutex_};
  if (facts_) return *facts_;
  Facts facts;
  for (const auto& part : parts) {
    part->for_each_line(MemberKind::consent, [&](std::string_view line, const std::string& where) {
      facts.consent = parse_consent(line, where);
    });
    part->for_each_line(MemberKind::policy, [&](std::string_view line, const std::string& where) {
      read_policy_line(facts, line, where);
    });
  }
  return facts_.emplace(std::move(facts));
}

Duration Playback::Impl::duration() const {
  Duration end{};
  for (const auto& part : parts)
    for (const Member& m : part->all().members)
      if ((m.intact || m.shredded) && m.kind == MemberKind::media)
        end = std::max(end, m.time.time_since_epoch() + m.duration);
  return end;
}

Playback::Playback(std::unique_ptr<ByteSource> recording, std::vector<Identity> identities)
    : Playback(only(std::move(recording)), std::move(identities)) {}
Playback::Playback(std::vector<std::unique_ptr<ByteSource>> parts, std::vector<Identity> identities)
    : impl_(std::make_shared<Impl>(std::move(parts), identities)) {}
Playback::~Playback() = default;
Playback::Playback(Playback&&) noexcept = default;
Playback& Playback::operator=(Playback&&) noexcept = default;

Consent Playback::consent() const { return impl_->facts().consent; }
std::string Playback::policy_text() const { return impl_->facts().policy; }
std::map<std::string, std::string> Playback::models() const { return impl_->facts().models; }
bool Playback::unredacted() const { return impl_->facts().unredacted; }
Duration Playback::duration() const { return impl_->duration(); }

std::vector<Flag> Playback::flags() const {
  std::vector<Flag> flags;
  for (const auto& part : impl_->parts)
    part->for_each_line(MemberKind::flag, [&](std::string_view line, const std::string& where) {
      flags.push_back(parse_flag(line, where));
    });
  return flags;
}

std::vector<PlatformEvent> Playback::events() const {
  std::vector<PlatformEvent> events;
  for (const auto& part : impl_->parts)
    part->for_each_line(MemberKind::event, [&](std::string_view line, const std::string& where) {
      events.push_back(parse_event(line, where));
    });
  return events;
}

std::string Playback::observations() const {
  std::string lines;
  for (const auto& part : impl_->parts)
    part->for_each(MemberKind::observation, [&](std::string_view text, std::size_t) { lines += text; });
  return lines;
}

std::vector<std::pair<Timestamp, Timestamp>> Playback::gaps() const {
  std::vector<std::pair<Timestamp, Timestamp>> gaps;
  for (const auto& part : impl_->parts)
    for (const Member& m : part->all().members)
      if (m.intact && m.kind == MemberKind::gap) gaps.emplace_back(m.time, m.time + m.duration);
  for (const auto& part : impl_->parts)
    for (const auto& span : recording::shredded_spans(part->all())) gaps.push_back(span);
  std::sort(gaps.begin(), gaps.end());
  return gaps;
}

std::string Playback::damage() const {
  static_cast<void>(impl_->facts());  // a consent or policy that cannot be read is damage too
  for (const auto& part : impl_->parts)
    if (auto text = part->damage(); !text.empty()) return text;
  return {};
}

std::string Playback::damage_so_far() const {
  for (const auto& part : impl_->parts)
    if (auto text = part->damage_so_far(); !text.empty()) return text;
  return {};
}

}  // namespace invigil
