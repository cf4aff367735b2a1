// Servers that cosign, and parts after a failure.
#include "witness.hpp"

#include "held.hpp"
#include "module.hpp"

#include <invigil/resume.hpp>

#include <cstring>
#include <utility>

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

namespace binding {

namespace {

using namespace invigil;

std::vector<std::byte> bytes_of(const py::bytes& bytes) {
  const std::string_view text = bytes;
  std::vector<std::byte> out(text.size());
  if (!text.empty()) std::memcpy(out.data(), text.data(), text.size());
  return out;
}

/// Lines of cosignatures; the same with a beacon; or the number of members that the witness knows of.
WitnessAnswer answer_of(const py::object& answer) {
  if (py::isinstance<py::int_>(answer)) return {.known_size = answer.cast<std::uint64_t>()};
  if (!py::isinstance<py::tuple>(answer)) return {.cosignatures = answer.cast<std::string>()};
  const auto [lines, beacon] = answer.cast<std::pair<std::string, py::bytes>>();
  return {.cosignatures = lines, .beacon = bytes_of(beacon)};
}

class PythonWitness final : public Witness {
 public:
  explicit PythonWitness(const py::function& call) : call_(call) {}
  WitnessAnswer add_checkpoint(const std::string& request, std::stop_token) override {
    return with_python("witness", [&] {
      const auto answer = py::reinterpret_borrow<py::object>(call_.get())(request);
      return answer_of(answer);
    });
  }

 private:
  Held call_;
};

}  // namespace

std::shared_ptr<Witness> make_witness(const py::object& call) {
  return call.is_none() ? nullptr : std::make_shared<PythonWitness>(call.cast<py::function>());
}

void add_witness(py::module_& m) {
  py::class_<EarlierPart>(m, "EarlierPart",
                          "Where a part of a session ended, for the part that continues it.")
      .def_readonly("checkpoint", &EarlierPart::checkpoint)
      .def_readonly("signer", &EarlierPart::signer)
      .def_property_readonly("end", [](const EarlierPart& p) { return seconds(p.end); })
      .def_property(
          "begin", [](const EarlierPart& p) { return seconds(p.begin); },
          [](EarlierPart& p, double s) { p.begin = from_seconds(s); });
  m.def(
      "earlier_part",
      [](const std::filesystem::path& path) {
        const py::gil_scoped_release release;
        return earlier_part(*open_file(path));
      },
      py::arg("path"), "Where a recording ended, to record on in a new part.");

  py::class_<Cosigner>(m, "Cosigner", "A server's key that cosigns checkpoints; never printed.")
      .def_static("generate", &Cosigner::generate, py::arg("name"))
      .def_static(
          "parse", [](const std::string& secret) { return Cosigner::parse(secret); }, py::arg("secret"))
      .def("secret_text", &Cosigner::secret_text, "The secret itself: keep it where only its owner can read.")
      .def_property_readonly("verifier_key", &Cosigner::verifier_key)
      .def(
          "answer",
          [](const Cosigner& c, const std::string& request, const std::string& signer,
             const std::string& known, std::int64_t now) {
            auto reply =
                c.answer(request, signer, known, std::chrono::sys_seconds{std::chrono::seconds{now}});
            return std::make_tuple(reply.status, std::move(reply.body), std::move(reply.checkpoint));
          },
          py::arg("request"), py::kw_only(), py::arg("signer"), py::arg("known") = "", py::arg("now"),
          "HTTP status, body, and the checkpoint to keep, as C2SP tlog-witness.")
      .def("__repr__", [](const Cosigner& c) { return "<invigil.Cosigner " + c.verifier_key() + ">"; });
  m.def(
      "origin_of", [](const std::string& request) { return origin_of(request); }, py::arg("request"),
      "The origin of the checkpoint in a request to a witness; empty when it does not parse.");
}

}  // namespace binding
