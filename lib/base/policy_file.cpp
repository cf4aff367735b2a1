// Policies as TOML: strict, so that a typing error never silently leaves a default in force.
#include "base/known_flags.hpp"
#include "base/text_file.hpp"
#include "base/utf8.hpp"

#include <invigil/error.hpp>
#include <invigil/policy.hpp>

#include <algorithm>
#include <charconv>
#include <concepts>
#include <limits>
#include <numeric>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <toml++/toml.h>

namespace invigil {

namespace {

constexpr std::size_t largest_file = std::size_t{1} << 20;
constexpr double longest_duration = 7 * 24 * 3600.0;
constexpr double most_points = 1e6;

/// How many letters must be put in, taken out or replaced (Levenshtein 1966).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
  return *std::min_element(known.begin(), known.end(),
                           [&](auto a, auto b) { return edit_distance(word, a) < edit_distance(word, b); });
}

/// The text with every byte beyond ASCII, and every `%`, as `%XX`: toml++ 3.3 asks some letters whether they
/// are space by a switch without a case for them, which is undefined, so it is shown none.
std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && c != '%')
      out += c;
    else
      out += fmt::format("%{:02X}", byte);
  }
  return out;
}

/// What `escaped` was given.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const auto* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// One table of the file, with its name for messages.
class Table {
 public:
  Table(const toml::table& table, std::string path, std::string_view where)
      : table_(&table), path_(std::move(path)), where_(where) {}

  [[nodiscard]] const toml::table& get() const { return *table_; }

  [[noreturn]] void fail(const toml::node& node, std::string_view key, std::string_view what) const {
    throw Error(Errc::policy, fmt::format("{}:{}", where_, node.source().begin.line),
                fmt::format("{}{} {}", path_, key, what));
  }

  void allow(const std::vector<std::string_view>& known) const {
    for (const auto& [key, node] : *table_) {
      if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
      // A key is shown cut: it may be as long as the file.
      const auto shown = unescaped(key.str()).substr(0, 64);
      throw Error(Errc::policy, fmt::format("{}:{}", where_, key.source().begin.line),
                  fmt::format("unknown key \"{}{}\"; the nearest known one is \"{}{}\"", path_, shown, path_,
                              nearest(shown, known)));
    }
  }

  [[nodiscard]] std::optional<Table> table(std::string_view key) const {
    const auto* node = table_->get(key);
    if (!node) return std::nullopt;
    if (!node->is_table()) fail(*node, key, fmt::format("is not a table; write [{}{}]", path_, key));
    return Table{*node->as_table(), fmt::format("{}{}.", path_, key), where_};
  }
  void read(std::string_view key, bool& value) const {
    const auto* node = table_->get(key);
    if (!node) return;
    if (!node->is_boolean()) fail(*node, key, "must be true or false");
    value = node->as_boolean()->get();
  }
  void read(std::string_view key, double& value, double least, double most) const {
    const auto* node = table_->get(key);
    if (!node) return;
    if (!node->is_number()) fail(*node, key, "must be a number");
    const auto number = node->value<double>().value_or(std::numeric_limits<double>::quiet_NaN());
    if (!(number >= least && number <= most))
      fail(*node, key, fmt::format("is {}, but must be {} to {}", number, least, most));
    value = number;
  }
  void read(std::string_view key, std::string& value) const {
    const auto* node = table_->get(key);
    if (!node) return;
    if (!node->is_string()) fail(*node, key, "must be a string");
    value = unescaped(node->as_string()->get());
  }
  template <class Enum>
  void read(std::string_view key, Enum& value,
            std::initializer_list<std::pair<std::string_view, Enum>> choices) const {
    std::string text;
    read(key, text);
    if (!table_->get(key)) return;
    std::string all;
    for (const auto& [name, choice] : choices) {
      all += fmt::format("{}\"{}\"", all.empty() ? "" : ", ", name);
      if (name == text) return void(value = choice);
    }
    fail(*table_->get(key), key, fmt::format("must be one of {}", all));
  }

 private:
  const toml::table* table_;
  std::string path_;
  std::string_view where_;
};

std::vector<std::string_view> flag_names() {
  std::vector<std::string_view> names;
  for (const auto& known : known_flags()) names.push_back(known.name);
  return names;
}

void read_flag(const Table& table, std::string_view name, FlagPolicy& flag) {
  table.allow({"enabled", "longer_than", "weight", "per_hour", "shape"});
  table.read("enabled", flag.enabled);
  double longer_than = seconds(flag.longer_than);
  table.read("longer_than", longer_than, 0, longest_duration);
  flag.longer_than = duration_from_seconds(longer_than);
  table.read("weight", flag.weight, 0, most_points);
  table.read("per_hour", flag.per_hour, 1e-3, 1e3);
  table.read("shape", flag.shape, 1e-2, 1e3);
  const auto kind = known_flag(name)->kind;
  if (kind == FlagKind::behaviour) return;
  if (flag.weight != 0)
    table.fail(*table.get().get("weight"), "weight",
               fmt::format("must be 0: a {} flag never scores", to_string(kind)));
  for (const auto* key : {"per_hour", "shape"})
    if (const auto* node = table.get().get(key))
      table.fail(*node, key, fmt::format("means nothing here: a {} flag never scores", to_string(kind)));
}

void read_flags(const Table& table, Policy& policy) {
  table.allow(flag_names());
  for (auto& [name, flag] : policy.flags)
    if (const auto one = table.table(name)) read_flag(*one, name, flag);
}

void read_accommodation(const Table& table, std::string_view flag, Policy& policy) {
  table.allow({"mute", "longer_than_factor", "reason"});
  Accommodation one;
  one.flag = flag;
  table.read("mute", one.mute);
  table.read("longer_than_factor", one.longer_than_factor, 1, 1e6);
  table.read("reason", one.reason);
  if (one.mute && one.longer_than_factor != 1)
    table.fail(*table.get().get("longer_than_factor"), "longer_than_factor",
               "contradicts mute = true: what is never raised has no length; set one of them");
  if (one.reason.empty())
    table.fail(table.get(), "reason", "is missing; an exception is written down with its reason");
  policy.accommodations.push_back(std::move(one));
}

void read_accommodations(const Table& table, Policy& policy) {
  const auto names = flag_names();
  table.allow(names);
  for (const auto& [name, ignored] : policy.flags)
    if (const auto one = table.table(name)) read_accommodation(*one, name, policy);
}

void read_levels(const Table& table, Policy& policy) {
  table.allow({"medium", "high"});
  table.read("medium", policy.medium, 0, most_points);
  table.read("high", policy.high, 0, most_points);
  if (policy.medium > policy.high)
    table.fail(table.get(), "high",
               fmt::format("is {}, below medium = {}; set both", policy.high, policy.medium));
}

Policy read_policy(const Table& root) {
  Policy policy;
  root.allow({"consent", "flags", "faces", "redaction", "score", "accommodations"});
  root.read("consent", policy.consent, {{"asked", ConsentRule::asked}, {"required", ConsentRule::required}});
  if (const auto flags = root.table("flags")) read_flags(*flags, policy);
  if (const auto faces = root.table("faces")) {
    faces->allow({"confidence"});
    faces->read("confidence", policy.face_confidence, 0, 1);
  }
  if (const auto redaction = root.table("redaction")) {
    redaction->allow({"cover"});
    redaction->read("cover", policy.cover,
                    {{"numbers", CoverRule::numbers},
                     {"all_but_portrait_and_name", CoverRule::all_but_portrait_and_name},
                     {"whole_document", CoverRule::whole_document}});
  }
  if (const auto levels = root.table("score")) read_levels(*levels, policy);
  if (const auto exceptions = root.table("accommodations")) read_accommodations(*exceptions, policy);
  return policy;
}

std::string_view line_of(std::string_view text, std::size_t number) {
  for (; number > 1 && !text.empty(); --number)
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  return text.substr(0, text.find('\n'));
}

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

}  // namespace

Policy parse_policy(std::string_view text, std::string_view where) {
  if (text.size() > largest_file)
    throw Error(Errc::policy, std::string{where}, fmt::format("is larger than {} bytes", largest_file));
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (!is_utf8(text)) throw Error(Errc::policy, std::string{where}, "is not UTF-8; save it as UTF-8");
  try {
    const toml::table table = toml::parse(escaped(text));
    return read_policy({table, "", where});
  } catch (const toml::parse_error& e) {
    const auto line = e.source().begin.line;
    throw Error(Errc::policy, fmt::format("{}:{}", where, line),
                fmt::format("is not valid TOML: {}{}", unescaped(e.description()),
                            is_ascii(line_of(text, line)) ? "" : "; quote letters beyond ASCII"));
  }
}

Policy load_policy(const std::filesystem::path& path) {
  return parse_policy(read_text_file(path, largest_file, Errc::policy), path.string());
}

}  // namespace invigil
