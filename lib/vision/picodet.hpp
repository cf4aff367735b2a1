// Phones, books, laptops and persons.
#pragma once

#include <invigil/image.hpp>
#include <invigil/observation.hpp>

#include <memory>
#include <span>
#include <vector>

namespace invigil::vision {

/// PicoDet-S (Yu et al., 2021, arXiv:2111.00902), trained on COCO, of whose 80 labels four are kept.
class ObjectFinder {
 public:
  /// Throws `Error{model}` when the bytes are no such net.
  explicit ObjectFinder(std::span<const std::byte> onnx);
  ~ObjectFinder();
  ObjectFinder(ObjectFinder&&) noexcept;
  ObjectFinder& operator=(ObjectFinder&&) noexcept;
  /// Most confident first, none twice. What might be a phone is looked at again, larger. `closely`: so are
  /// all parts of the picture, at ten times the cost.
  [[nodiscard]] std::vector<Object> look(const Image& image, bool closely = false);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The model's finder, or nothing when it lies nowhere. Throws `Error{model}` when its digest differs.
[[nodiscard]] std::unique_ptr<ObjectFinder> make_object_finder();

}  // namespace invigil::vision
