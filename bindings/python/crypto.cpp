// Keys and passphrases, and what `invigil.crypto` does with them.
#include "file_object.hpp"
#include "module.hpp"

#include <invigil/armor.hpp>
#include <invigil/crypto.hpp>
#include <invigil/error.hpp>
#include <invigil/memory.hpp>
#include <invigil/passphrase.hpp>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

namespace binding {

namespace {

using namespace invigil;

std::span<const std::byte> bytes_of(const py::buffer_info& info) {
  if (!PyBuffer_IsContiguous(info.view(), 'C'))
    throw Error(Errc::argument, "data", "is not contiguous; give bytes");
  return {static_cast<const std::byte*>(info.ptr), static_cast<std::size_t>(info.size * info.itemsize)};
}

/// A `bytes` object while it is filled: large ones are written once, where they stay.
class NewBytes {
 public:
  explicit NewBytes(std::size_t room)
      : object_(PyBytes_FromStringAndSize(nullptr, Py_ssize_t(room))), room_(room) {
    if (!object_) throw py::error_already_set();
  }
  ~NewBytes() { Py_XDECREF(object_); }
  NewBytes(const NewBytes&) = delete;
  NewBytes& operator=(const NewBytes&) = delete;
  [[nodiscard]] std::span<std::byte> free() const {
    return {reinterpret_cast<std::byte*>(PyBytes_AS_STRING(object_)) + size_, room_ - size_};
  }
  void filled(std::size_t n) { size_ += n; }
  [[nodiscard]] py::bytes finish() {
    if (_PyBytes_Resize(&object_, Py_ssize_t(size_)) != 0) throw py::error_already_set();
    return py::reinterpret_steal<py::bytes>(std::exchange(object_, nullptr));
  }

 private:
  PyObject* object_;
  std::size_t room_, size_ = 0;
};

class IntoBytes final : public ByteSink {
 public:
  explicit IntoBytes(NewBytes& out) : out_(out) {}
  void write(std::span<const std::byte> bytes) override {
    const auto room = out_.free();
    if (bytes.size() > room.size()) throw Error(Errc::argument, name(), "is larger than was foreseen");
    if (!bytes.empty()) std::memcpy(room.data(), bytes.data(), bytes.size());
    out_.filled(bytes.size());
  }
  [[nodiscard]] std::string name() const override { return "data"; }

 private:
  NewBytes& out_;
};

/// No age file for so much plaintext and so many recipients is larger: a stanza takes less than 200 bytes,
/// and 16 come to each 64 KiB.
std::size_t most(std::size_t plaintext, std::size_t recipients, bool armored) {
  const std::size_t binary = 200 * (recipients + 2) + plaintext + 16 * (plaintext / 65536 + 1);
  return armored ? binary / 48 * 65 + 65 + 100 : binary;
}

using Recipients = std::vector<Recipient>;
using Identities = std::vector<Identity>;
using Passphrases = std::vector<Passphrase>;

py::bytes encrypt_bytes(const py::buffer& data, const Recipients& recipients, const Passphrases& passphrases,
                        bool armored, int work_factor) {
  if (!passphrases.empty() && passphrases.size() + recipients.size() > 1)
    throw Error(Errc::argument, "recipients", "a passphrase must be the only one");
  const auto info = data.request();
  const auto plaintext = bytes_of(info);
  NewBytes out{most(plaintext.size(), recipients.size() + passphrases.size(), armored)};
  {
    const py::gil_scoped_release release;
    std::unique_ptr<ByteSink> sink = std::make_unique<IntoBytes>(out);
    if (armored) sink = armor(std::move(sink));
    sink = passphrases.empty() ? encrypt(std::move(sink), recipients)
                               : encrypt(std::move(sink), passphrases.front(), {.work_factor = work_factor});
    sink->write(plaintext);
    sink->close();
  }
  return out.finish();
}

py::bytes decrypt_bytes(const py::buffer& data, const Identities& identities, const Passphrases& passphrases,
                        int max_work_factor) {
  const auto info = data.request();
  const auto file = bytes_of(info);
  NewBytes out{file.size() + 65536};  // with room for a whole chunk at the end, which spares a copy of each
  {
    const py::gil_scoped_release release;
    const auto source =
        decrypt(open_memory(file, "data"), identities, passphrases, {.max_work_factor = max_work_factor});
    while (const std::size_t n = source->read(out.free())) out.filled(n);
  }
  return out.finish();
}

/// A decrypted file that Python reads.
class Decrypted {
 public:
  Decrypted(std::unique_ptr<ByteSource> source, bool seekable)
      : source_(std::move(source)), seekable_(seekable) {}

  std::size_t readinto(const py::buffer& buffer) {
    const auto info = buffer.request(true);
    const std::span<std::byte> out{static_cast<std::byte*>(info.ptr), bytes_of(info).size()};
    const py::gil_scoped_release release;
    return source_->read(out);
  }
  void seek(std::uint64_t offset) { source_->seek(offset); }
  [[nodiscard]] std::optional<std::uint64_t> size() const { return source_->size(); }
  [[nodiscard]] bool seekable() const { return seekable_; }

 private:
  std::unique_ptr<ByteSource> source_;
  bool seekable_;
};

std::unique_ptr<Decrypted> open(const py::object& file, const Identities& identities,
                                const Passphrases& passphrases, int max_work_factor) {
  auto source = source_of(file);
  const py::gil_scoped_release release;
  const bool seekable = source->size().has_value();
  source = decrypt(std::move(source), identities, passphrases, {.max_work_factor = max_work_factor});
  return std::make_unique<Decrypted>(std::move(source), seekable);
}

Passphrase passphrase_from(const py::object& given) {
  if (py::isinstance<Passphrase>(given)) return py::cast<Passphrase>(given);
  if (py::isinstance<py::str>(given)) return Passphrase{py::cast<std::string>(given)};
  throw py::type_error("passphrase: give text, a Passphrase, or a function that returns one of these");
}

/// A text, a Passphrase, a function that gives either, or None.
AskPassphrase answer(const py::object& given) {
  if (given.is_none()) return {};
  return [given](const std::filesystem::path& file) {
    return passphrase_from(PyCallable_Check(given.ptr()) ? given(file.string()) : given);
  };
}

Identities load(const std::filesystem::path& path, const py::object& passphrase) {
  return Identity::load(path, answer(passphrase));
}

void add_keys(py::module_& m) {
  py::class_<Recipient>(m, "Recipient", "A public key: may be given to every client.")
      .def_static(
          "parse", [](const std::string& text) { return Recipient::parse(text); }, py::arg("text"))
      .def_static("load", &Recipient::load, py::arg("path"), "All keys of a file, one a line.")
      .def("__str__", &Recipient::to_string)
      .def("__repr__", [](const Recipient& r) { return "<invigil.Recipient " + r.to_string() + ">"; })
      .def("__hash__", [](const Recipient& r) { return py::hash(py::str(r.to_string())); })
      .def(
          "__eq__", [](const Recipient& a, const Recipient& b) { return a == b; }, py::is_operator());

  py::class_<Passphrase>(m, "Passphrase", "A passphrase in locked memory; never printed.")
      .def(py::init([](const std::string& text) { return Passphrase{text}; }), py::arg("text"))
      .def("__repr__", [](const Passphrase&) { return "<invigil.Passphrase>"; });

  py::class_<Identity>(m, "Identity", "A private key; never printed.")
      .def_static("generate", &Identity::generate)
      .def_static(
          "parse", [](const std::string& text) { return Identity::parse(text); }, py::arg("text"))
      .def_static("load", &load, py::arg("path"), py::kw_only(), py::arg("passphrase") = py::none(),
                  "All keys of an age identity file. `passphrase`, when the file is protected by one: the "
                  "text, a Passphrase, or a function that is given the path and returns either.")
      .def_property_readonly("recipient", [](const Identity& i) { return i.recipient().to_string(); })
      .def("secret_text", &Identity::secret_text, "The secret itself: keep it where only its owner can read.")
      .def("__repr__",
           [](const Identity& i) { return "<invigil.Identity of " + i.recipient().to_string() + ">"; });
}

}  // namespace

void add_crypto(py::module_& m) {
  add_keys(m);
  py::class_<Decrypted>(m, "_Decrypted")
      .def("readinto", &Decrypted::readinto)
      .def("seek", &Decrypted::seek, py::call_guard<py::gil_scoped_release>())
      .def("size", &Decrypted::size, py::call_guard<py::gil_scoped_release>())
      .def_property_readonly("seekable", &Decrypted::seekable);
  m.def("_encrypt", &encrypt_bytes);
  m.def("_decrypt", &decrypt_bytes);
  m.def("_open", &open);
  // `Identity.recipient` is text; where objects are wanted, this spares reading it again.
  m.def("_recipient_of", &Identity::recipient);
}

}  // namespace binding
