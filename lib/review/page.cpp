#include "review/page.hpp"

#include "review/html.hpp"
#include "review/style.hpp"
#include "review/timeline.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace invigil::review {

namespace {

// Note [what the page may load]
// Nothing. The pictures are data: URIs and the style is inline; a browser that obeys this policy makes no
// request and runs no script, even if text in the recording were to get past `escape`.
constexpr std::string_view security =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

std::string plural(std::size_t n, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

std::string banner(std::string_view css, std::string_view title, std::string_view text) {
  return fmt::format(R"(<div class="banner {}"><strong>{}</strong>{}</div>)", css, escape(title),
                     escape(text));
}

std::string state_banner(const ReportModel& m) {
  const std::string detail = m.damage.empty() ? m.verification.message : m.damage;
  switch (m.verification.state) {
    case RecordingState::whole:
      return banner("good", "The recording is whole", detail);
    case RecordingState::unterminated:
      return banner("care", "The recording was not closed", detail);
    case RecordingState::damaged:
      break;
  }
  return banner("bad", "The recording is damaged", detail);
}

std::string signer_banner(const ReportModel& m) {
  switch (m.verification.signer) {
    case SignerState::checked:
      return {};
    case SignerState::not_checked:
      return banner(
          "care", "Who wrote it was not checked",
          "The recording is consistent in itself. Give the signer's key that was registered at the start to "
          "prove who wrote it.");
    case SignerState::wrong:
      break;
  }
  return banner(
      "bad", "Another signer wrote this",
      "The signatures do not belong to the registered signer's key. Treat the contents as unproven.");
}

std::string banners(const ReportModel& m) {
  std::string out = state_banner(m) + signer_banner(m);
  if (m.unredacted)
    out += banner("care", "Recorded without concealing documents",
                  "Document numbers may be readable in the pictures.");
  if (!m.consent.given)
    out += banner("care", "No consent is on record",
                  "The recording carries no record that the candidate agreed to it.");
  return out;
}

std::string header(const ReportModel& m) {
  return fmt::format(
      "<header><h1>{}</h1><p class=\"lead\">{} of recording · {} to look at · {}</p>{}</header>",
      escape(m.title), whole_clock(Timestamp{m.duration}), plural(m.score.because.size(), "flag", "flags"),
      plural(static_cast<std::size_t>(
                 std::count_if(m.score.technical.begin(), m.score.technical.end(),
                               [](const Flag& f) { return f.kind == FlagKind::technical; })),
             "technical note", "technical notes"),
      banners(m));
}

/// Points of all flags of one name, in order of first appearance.
struct Part {
  std::string name;
  std::size_t count = 0;
  double points = 0;
};

std::vector<Part> parts(const Score& score) {
  std::vector<Part> all;
  for (const auto& [flag, points] : score.because) {
    auto part = std::find_if(all.begin(), all.end(), [&f = flag](const Part& p) { return p.name == f.what; });
    if (part == all.end()) part = all.insert(all.end(), Part{flag.what, 0, 0});
    ++part->count;
    part->points += points;
  }
  std::stable_sort(all.begin(), all.end(), [](const Part& a, const Part& b) { return a.points > b.points; });
  return all;
}

std::string score_card(const ReportModel& m) {
  std::string rows;
  for (const auto& part : parts(m.score))
    rows += fmt::format("<tr><td>{}{}</td><td>{:+.2f}</td></tr>", escape(label(part.name)),
                        part.count > 1 ? fmt::format(" × {}", part.count) : "", part.points);
  if (rows.empty()) rows = "<tr><td>No flag</td><td>0.00</td></tr>";
  return fmt::format(
      R"(<section><h2>Points for review</h2><p class="score"><b>{:.1f}</b><span class="level">{}</span></p>)"
      R"(<p class="note">The points order reviews: with more points there is more to look at. They say nothing about )"
      R"(intent.</p><table class="sum"><tbody>{}</tbody><tfoot><tr><th scope="row">Sum</th><td>{:.2f}</td></tr></tfoot>)"
      "</table></section>",
      m.score.value, to_string(m.score.level), rows, m.score.value);
}

class Definitions {
 public:
  void add(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    items_ += fmt::format("<dt>{}</dt><dd>{}</dd>", escape(name), escape(value));
  }
  [[nodiscard]] std::string html() const { return "<dl>" + items_ + "</dl>"; }

 private:
  std::string items_;
};

std::string numbers(const std::vector<std::uint64_t>& all) {
  std::string text;
  for (std::size_t i = 0; i < all.size() && i < 20; ++i) text += fmt::format("{}{}", i ? ", " : "", all[i]);
  return all.size() > 20 ? fmt::format("{} and {} more", text, all.size() - 20) : text;
}

std::string gap_list(const std::vector<std::pair<Timestamp, Timestamp>>& gaps) {
  if (gaps.empty()) return "none";
  std::string text;
  for (std::size_t i = 0; i < gaps.size() && i < 20; ++i)
    text += fmt::format("{}{}", i ? ", " : "", stretch(gaps[i].first, gaps[i].second));
  return gaps.size() > 20 ? fmt::format("{} and {} more", text, gaps.size() - 20) : text;
}

std::string recording_card(const ReportModel& m) {
  static constexpr std::string_view signers[] = {"checked: the registered key", "not checked",
                                                 "not the registered key"};
  static constexpr std::string_view states[] = {"whole", "unterminated", "damaged"};
  Definitions d;
  d.add("State", states[static_cast<std::size_t>(m.verification.state)]);
  d.add("Signer", signers[static_cast<std::size_t>(m.verification.signer)]);
  d.add("Segments that fit", fmt::format("{}", m.verification.segments));
  d.add("That do not fit", numbers(m.verification.bad));
  d.add("Destroyed by choice", numbers(m.verification.shredded));
  d.add("Gaps", gap_list(m.verification.gaps));
  d.add("Documents", m.unredacted ? "not concealed" : "numbers concealed while recording");
  return "<section><h2>Recording</h2>" + d.html() + "</section>";
}

std::string consent_card(const ReportModel& m) {
  Definitions d;
  d.add("Given", m.consent.given ? "yes" : "not on record");
  d.add("Purpose", m.consent.purpose);
  d.add("For", m.consent.audience);
  d.add("Kept", m.consent.retention);
  d.add("By", m.consent.by);
  d.add("At", m.consent.at);
  return "<section><h2>Consent</h2>" + d.html() + "</section>";
}

std::string legend_item(std::string_view css, std::string_view text) {
  return fmt::format(
      R"(<li><svg width="16" height="14" aria-hidden="true"><rect class="{}" width="16" height="14"/></svg>{}</li>)",
      css, text);
}

std::string timeline_section(const ReportModel& m) {
  std::string legend = legend_item("behaviour", "flag to look at: select it to see why");
  if (!m.seen.empty())
    legend += legend_item("seen-one", "one face") + legend_item("seen-several", "several faces") +
              legend_item("seen-nobody", "no face");
  if (!m.sound.empty()) legend += legend_item("speech", "speech likely");
  legend += legend_item("hatched", "could not be seen, or not recorded");
  return fmt::format(R"(<section><h2>Timeline</h2>{}<ul class="legend">{}</ul></section>)", timeline(m),
                     legend);
}

std::string still(const ReportModel& m, std::size_t index) {
  if (index >= m.stills.size() || m.stills[index].empty())
    return R"(<span class="nothing">No picture here</span>)";
  const Flag& flag = m.score.because[index].flag;
  const auto middle = flag.begin + (flag.end - flag.begin) / 2;
  return fmt::format(R"(<img src="{}" alt="The picture at {}, in the middle of: {}">)",
                     jpeg_uri(m.stills[index]), clock(middle), escape(label(flag.what)));
}

std::string percent(double fraction) { return fmt::format("{:.0f} %", std::round(fraction * 100)); }

std::string flag_row(const ReportModel& m, std::size_t index) {
  const auto& [flag, points] = m.score.because[index];
  const auto merged = flag.count > 1 ? fmt::format(" ({} short ones together)", flag.count) : std::string{};
  return fmt::format(
      R"(<tr id="flag-{}"><td class="still">{}</td><td class="time">{}</td>)"
      R"(<th scope="row"><span class="what">{}</span><span class="because">{}{}</span></th>)"
      R"(<td class="number" data-name="Sure">{}</td><td class="number" data-name="Points">{:+.2f}</td></tr>)",
      index + 1, still(m, index), stretch(flag.begin, flag.end), escape(label(flag.what)),
      escape(flag.because), merged, percent(flag.confidence), points);
}

std::string flags_section(const ReportModel& m) {
  if (m.score.because.empty())
    return R"(<section><h2>Flags</h2><p class="note">Nothing was flagged.</p></section>)";
  std::string rows;
  for (std::size_t i = 0; i < m.score.because.size(); ++i) rows += flag_row(m, i);
  return R"(<section><h2>Flags</h2><p class="note">In order of time. “Sure” is how sure the detector is of what it )"
         R"(describes. Watch the recording around each one, sound on, before you judge; there may be a good )"
         R"(reason.</p><table class="flags"><thead><tr><th scope="col">Picture</th><th scope="col">Time</th>)"
         R"(<th scope="col">What and why</th><th scope="col" class="number">Sure</th>)"
         R"(<th scope="col" class="number">Points</th></tr></thead><tbody>)" +
         rows + "</tbody></table></section>";
}

/// Flags without points: what, when, why.
std::string plain_table(const std::vector<Flag>& flags, FlagKind kind) {
  std::string rows;
  for (const auto& flag : flags)
    if (flag.kind == kind)
      rows += fmt::format(
          R"(<tr><td class="time">{}</td><th scope="row"><span class="what">{}</span><span class="because">{}</span></th></tr>)",
          stretch(flag.begin, flag.end), escape(label(flag.what)), escape(flag.because));
  if (rows.empty()) return {};
  return R"(<table class="flags"><thead><tr><th scope="col">Time</th><th scope="col">What and why</th></tr></thead><tbody>)" +
         rows + "</tbody></table>";
}

std::string technical_section(const ReportModel& m) {
  const auto table = plain_table(m.score.technical, FlagKind::technical);
  return R"(<section><h2>What could not be seen</h2><p class="note">Technical notes: light, devices, dropped pictures. )"
         "They weigh nothing: “cannot see” is not a reason to doubt anyone.</p>" +
         (table.empty() ? R"(<p>Nothing of the kind.</p>)" : table) + "</section>";
}

std::string milestone_section(const ReportModel& m) {
  const auto table = plain_table(m.score.technical, FlagKind::milestone);
  return table.empty() ? table : "<section><h2>Steps of the exam</h2>" + table + "</section>";
}

std::string accommodation_text(const Accommodation& a) {
  const auto what =
      a.mute ? "is not raised" : fmt::format("needs {:.3g} times as long", a.longer_than_factor);
  return fmt::format("{} {}{}{}", label(a.flag), what, a.reason.empty() ? "" : ": ", a.reason);
}

std::string method_section(const ReportModel& m) {
  Definitions d;
  d.add("Policy", fmt::format("{}{}", m.policy.digest(), m.other_policy ? " (not the recorded one)" : ""));
  d.add("Levels", fmt::format("medium from {:g} points, high from {:g}", m.policy.medium, m.policy.high));
  for (const auto& accommodation : m.policy.accommodations)
    d.add("Accommodation", accommodation_text(accommodation));
  for (const auto& [task, model] : m.models) d.add(label(task) + " by", model);
  return R"(<section><h2>How this came about</h2><p class="note">The same recording and the same policy give the same )"
         "flags and points, every time.</p>" +
         d.html() + "</section>";
}

}  // namespace

std::string page(const ReportModel& m) {
  return fmt::format(
      R"(<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">)"
      R"(<meta http-equiv="Content-Security-Policy" content="{}">)"
      R"(<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="referrer" content="no-referrer">)"
      R"(<title>{}</title><style>{}</style></head><body><main>{}<div class="cards">{}{}{}</div>{}{}{}{}{})"
      R"(<footer><p>This page points out what deserves a look; it decides nothing. A person who has watched the )"
      R"(recording decides, and the candidate can be heard.</p></footer></main></body></html>)"
      "\n",
      security, escape(m.title), style, header(m), score_card(m), recording_card(m), consent_card(m),
      timeline_section(m), flags_section(m), technical_section(m), milestone_section(m), method_section(m));
}

}  // namespace invigil::review
