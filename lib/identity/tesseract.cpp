#include "identity/tesseract.hpp"

#include "idcard/mrz_text.hpp"

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#ifdef INVIGIL_WITH_TESSERACT
#include <leptonica/allheaders.h>
#include <tesseract/baseapi.h>
#include <tesseract/resultiterator.h>
#endif

namespace invigil::identity {

#ifdef INVIGIL_WITH_TESSERACT

namespace {

/// Tesseract prints when it looks for a model in vain, so it is asked for those alone that are there.
std::optional<std::filesystem::path> folder_of(const std::string& language) {
  std::vector<std::filesystem::path> folders;
  for (const auto& [variable, below] :
       {std::pair("INVIGIL_MODELS", ""), std::pair("INVIGIL_TEST_DATA", "idcard/tessdata"),
        std::pair("TESSDATA_PREFIX", "")})
    if (const char* set = std::getenv(variable); set && *set)
      folders.push_back(std::filesystem::path{set} / below);
  for (const char* folder : {"/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tessdata",
                             "/usr/local/share/tessdata", "/opt/homebrew/share/tessdata"})
    folders.emplace_back(folder);
  for (const auto& folder : folders) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(folder / (language + ".traineddata"), ignored)) return folder;
  }
  return std::nullopt;
}

/// Leptonica, on which Tesseract is built, complains on standard error of pictures without text. Its only
/// switch is one for the whole program, so it is put back.
class Quiet {
 public:
  Quiet() : before_(setMsgSeverity(L_SEVERITY_NONE)) {}
  ~Quiet() { setMsgSeverity(before_); }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  l_int32 before_;
};

}  // namespace

struct Tesseract::Impl {
  tesseract::TessBaseAPI api;

  void each(const cv::Mat& luma, tesseract::PageIteratorLevel level, const Take& take) {
    const Quiet quiet;
    api.SetImage(luma.data, luma.cols, luma.rows, 1, static_cast<int>(luma.step));
    api.SetSourceResolution(200);
    if (api.Recognize(nullptr) == 0) {
      const std::unique_ptr<tesseract::ResultIterator> at(api.GetIterator());
      if (at && !at->Empty(level)) do {
          const std::unique_ptr<char[]> text(at->GetUTF8Text(level));
          int left = 0, top = 0, right = 0, bottom = 0;
          if (!text || !at->BoundingBox(level, &left, &top, &right, &bottom)) continue;
          const std::size_t length = std::strlen(text.get());
          take({text.get(), length}, at->Confidence(level), {left, top, right - left, bottom - top});
          idcard::wipe(text.get(), length);
        } while (at->Next(level));
    }
    api.Clear();
  }
};

Tesseract::Tesseract(const std::string& language) {
  const auto folder = folder_of(language);
  if (!folder) return;
  auto impl = std::make_unique<Impl>();
  if (impl->api.Init(folder->c_str(), language.c_str(), tesseract::OEM_LSTM_ONLY) != 0) return;
  impl->api.SetVariable("debug_file", "/dev/null");
  impl->api.SetPageSegMode(tesseract::PSM_SPARSE_TEXT);
  impl_ = std::move(impl);
}

void Tesseract::each_word(const cv::Mat& luma, const Take& take) {
  if (impl_) impl_->each(luma, tesseract::RIL_WORD, take);
}
void Tesseract::each_line(const cv::Mat& luma, const Take& take) {
  if (impl_) impl_->each(luma, tesseract::RIL_TEXTLINE, take);
}

#else

struct Tesseract::Impl {};
Tesseract::Tesseract(const std::string&) {}
void Tesseract::each_word(const cv::Mat&, const Take&) {}
void Tesseract::each_line(const cv::Mat&, const Take&) {}

#endif

Tesseract::~Tesseract() = default;

}  // namespace invigil::identity
