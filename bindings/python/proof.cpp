// Proofs about recordings.
#include "module.hpp"

#include <invigil/error.hpp>
#include <invigil/proof.hpp>

#include <algorithm>
#include <cstring>

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

namespace binding {

namespace {

using namespace invigil;
using Path = std::filesystem::path;

Hash hash_of(const py::bytes& bytes) {
  const std::string_view text = bytes;
  Hash hash;
  if (text.size() != hash.size()) throw Error(Errc::argument, "hash", "is not 32 bytes long");
  std::memcpy(hash.data(), text.data(), hash.size());
  return hash;
}
std::vector<Hash> hashes_of(const std::vector<py::bytes>& list) {
  std::vector<Hash> hashes;
  std::transform(list.begin(), list.end(), std::back_inserter(hashes), hash_of);
  return hashes;
}
py::bytes bytes_of(const Hash& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }
std::vector<py::bytes> bytes_of(const std::vector<Hash>& hashes) {
  std::vector<py::bytes> list;
  for (const Hash& hash : hashes) list.push_back(bytes_of(hash));
  return list;
}

/// Opens the file and runs `job` on it without the GIL.
template <class Job>
auto on_file(const Path& path, Job&& job) {
  const py::gil_scoped_release release;
  const auto file = open_file(path);
  return job(*file);
}

void add_classes(py::module_& m) {
  py::class_<InclusionProof>(m, "InclusionProof", "That one member is part of what a checkpoint signs.")
      .def_static("parse", &InclusionProof::parse, py::arg("text"), "Reads a C2SP tlog-proof.")
      .def_readonly("index", &InclusionProof::index)
      .def_readonly("entry", &InclusionProof::entry)
      .def_readonly("checkpoint", &InclusionProof::checkpoint)
      .def_property_readonly("hashes", [](const InclusionProof& p) { return bytes_of(p.hashes); })
      .def(
          "verify", [](const InclusionProof& p, const std::string& signer) { return verify(p, signer); },
          py::kw_only(), py::arg("signer"), "Whether it holds under the signer's verifier key.")
      .def(
          "is_about",
          [](const InclusionProof& p, const Path& path) {
            return on_file(path, [&](ByteSource& file) { return is_about(p, file); });
          },
          py::arg("age_file"), "Whether an age file is the member, as it was first written.")
      .def("__str__", &InclusionProof::to_string);
  py::class_<ConsistencyProof>(m, "ConsistencyProof", "That a newer checkpoint continues an older one.")
      .def_static("parse", &ConsistencyProof::parse, py::arg("text"),
                  "Reads the body of a request to a C2SP tlog-witness.")
      .def_readonly("old_size", &ConsistencyProof::old_size)
      .def_readonly("checkpoint", &ConsistencyProof::checkpoint)
      .def_property_readonly("hashes", [](const ConsistencyProof& p) { return bytes_of(p.hashes); })
      .def(
          "verify",
          [](const ConsistencyProof& p, const std::string& old, const std::string& signer) {
            return verify(p, old, signer);
          },
          py::arg("old_checkpoint"), py::kw_only(), py::arg("signer"),
          "Whether both checkpoints are the signer's and one leads to the other.")
      .def("__str__", &ConsistencyProof::to_string);
}

void add_functions(py::module_& m) {
  m.def(
      "newest_checkpoint", [](const Path& path) { return on_file(path, newest_checkpoint); }, py::arg("path"),
      "The newest signed checkpoint of a recording, a text to keep elsewhere.");
  m.def(
      "prove_inclusion",
      [](const Path& path, std::uint64_t member) {
        return on_file(path, [&](ByteSource& file) { return prove_inclusion(file, member); });
      },
      py::arg("path"), py::arg("member"), "That a member is part of a recording.");
  m.def(
      "prove_consistency",
      [](const Path& path, std::uint64_t old_size) {
        return on_file(path, [&](ByteSource& file) { return prove_consistency(file, old_size); });
      },
      py::arg("path"), py::arg("old_size"), "That a recording continues its first `old_size` members.");
  m.def(
      "leaf_hash",
      [](const py::bytes& entry) {
        const std::string_view text = entry;
        return bytes_of(merkle::leaf_hash(std::as_bytes(std::span{text})));
      },
      py::arg("entry"), "RFC 6962: SHA-256(0x00 || entry).");
  m.def(
      "verify_inclusion",
      [](const py::bytes& leaf, std::uint64_t index, std::uint64_t size, const std::vector<py::bytes>& proof,
         const py::bytes& root) {
        return merkle::verify_inclusion(hash_of(leaf), index, size, hashes_of(proof), hash_of(root));
      },
      py::arg("leaf"), py::arg("index"), py::arg("size"), py::arg("proof"), py::arg("root"),
      "Whether a leaf is in a tree of `size` leaves (RFC 9162, 2.1.3.2).");
  m.def(
      "verify_consistency",
      [](std::uint64_t old_size, const py::bytes& old_root, std::uint64_t size, const py::bytes& root,
         const std::vector<py::bytes>& proof) {
        return merkle::verify_consistency(old_size, hash_of(old_root), size, hash_of(root), hashes_of(proof));
      },
      py::arg("old_size"), py::arg("old_root"), py::arg("size"), py::arg("root"), py::arg("proof"),
      "Whether a tree continues a smaller one (RFC 9162, 2.1.4.2).");
}

}  // namespace

void add_proof(py::module_& m) {
  add_classes(m);
  add_functions(m);
}

}  // namespace binding
