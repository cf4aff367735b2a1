#include <invigil/concealed.hpp>

namespace invigil {

std::string_view to_string(DocumentType type) noexcept {
  switch (type) {
    case DocumentType::unknown:
      return "unknown";
    case DocumentType::passport:
      return "passport";
    case DocumentType::id_card:
      return "id_card";
    case DocumentType::residence_permit:
      return "residence_permit";
    case DocumentType::visa:
      return "visa";
    case DocumentType::driving_licence:
      return "driving_licence";
    case DocumentType::lu_card:
      return "lu_card";
    case DocumentType::ov_card:
      return "ov_card";
    case DocumentType::statement:
      return "statement";
  }
  return "unknown";
}

std::string_view to_string(ConcealState state) noexcept {
  switch (state) {
    case ConcealState::found:
      return "found";
    case ConcealState::tracked:
      return "tracked";
    case ConcealState::held:
      return "held";
    case ConcealState::look_back:
      return "look_back";
  }
  return "unknown";
}

std::string_view to_string(ConcealedField field) noexcept {
  switch (field) {
    case ConcealedField::whole:
      return "whole";
    case ConcealedField::mrz:
      return "mrz";
    case ConcealedField::document_number:
      return "document_number";
    case ConcealedField::bsn:
      return "bsn";
    case ConcealedField::can:
      return "can";
    case ConcealedField::card_number:
      return "card_number";
    case ConcealedField::barcode:
      return "barcode";
  }
  return "unknown";
}

}  // namespace invigil
