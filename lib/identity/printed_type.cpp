#include "identity/printed_type.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>

namespace invigil::identity {

namespace {

/// A document that bears `first`, and `second` unless that is empty.
struct Title {
  DocumentType type;
  std::string_view first, second;
};

// Letters with accents are left out. The first that fits counts: driving licences of the EU bear few words
// beside their own name, residence permits and passports bear "identity" now and then.
constexpr std::array<Title, 25> titles{{{DocumentType::driving_licence, "RIJBEWIJS", ""},
                                        {DocumentType::driving_licence, "FHRERSCHEIN", ""},
                                        {DocumentType::driving_licence, "DRIVING", "LICENCE"},
                                        {DocumentType::driving_licence, "DRIVING", "LICENSE"},
                                        {DocumentType::driving_licence, "DRIVER", "LICENSE"},
                                        {DocumentType::driving_licence, "DRIVERS", "LICENSE"},
                                        {DocumentType::driving_licence, "DRIVER", "LICENCE"},
                                        {DocumentType::driving_licence, "PERMIS", "CONDUIRE"},
                                        {DocumentType::driving_licence, "PATENTE", "GUIDA"},
                                        {DocumentType::driving_licence, "PERMISO", "CONDUCCIN"},
                                        {DocumentType::ov_card, "OVCHIPKAART", ""},
                                        {DocumentType::ov_card, "CHIPKAART", ""},
                                        {DocumentType::residence_permit, "VERBLIJFSTITEL", ""},
                                        {DocumentType::residence_permit, "AUFENTHALTSTITEL", ""},
                                        {DocumentType::residence_permit, "RESIDENCE", "PERMIT"},
                                        {DocumentType::passport, "PASPOORT", ""},
                                        {DocumentType::passport, "PASSPORT", ""},
                                        {DocumentType::passport, "REISEPASS", ""},
                                        {DocumentType::id_card, "IDENTITEITSKAART", ""},
                                        {DocumentType::id_card, "PERSONALAUSWEIS", ""},
                                        {DocumentType::id_card, "IDENTITY", "CARD"},
                                        {DocumentType::id_card, "CARTE", "IDENTIT"},
                                        {DocumentType::lu_card, "UNIVERSITEIT", "LEIDEN"},
                                        {DocumentType::lu_card, "UNIVERSITY", "LEIDEN"},
                                        {DocumentType::lu_card, "LEIDEN", "STUDENT"}}};

}  // namespace

std::string capitals(std::string_view word) {
  std::string result;
  for (const char c : word) {
    if (c >= 'a' && c <= 'z') result.push_back(static_cast<char>(c - 'a' + 'A'));
    if (c >= 'A' && c <= 'Z') result.push_back(c);
  }
  return result;
}

DocumentType printed_type(const std::vector<Word>& words) {
  std::set<std::string, std::less<>> all;
  for (const auto& word : words) all.insert(capitals(word.text));
  const auto fits = [&](const Title& t) {
    return all.contains(t.first) && (t.second.empty() || all.contains(t.second));
  };
  const auto title = std::find_if(titles.begin(), titles.end(), fits);
  return title == titles.end() ? DocumentType::unknown : title->type;
}

}  // namespace invigil::identity
