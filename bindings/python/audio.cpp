// Sound as NumPy arrays.
#include "module.hpp"
#include "numpy.hpp"

#include <invigil/audio.hpp>
#include <invigil/error.hpp>

#include <sstream>
#include <vector>

#include <pybind11/numpy.h>

namespace binding {

namespace {

using invigil::AudioBlock;
using Samples = py::array_t<float, py::array::c_style>;

AudioBlock from_array(const Samples& samples, double time) {
  if (samples.ndim() != 1 && samples.ndim() != 2)
    throw invigil::Error(invigil::Errc::argument, "AudioBlock",
                         "takes float32 samples of shape (n,) or (channels, n), at 48 kHz");
  const auto channels = samples.ndim() == 2 ? static_cast<int>(samples.shape(0)) : 1;
  const float* data = samples.data();
  return {invigil::from_seconds(time), channels, std::vector<float>(data, data + samples.size())};
}

/// The channels lie behind one another, so one view shows them all.
py::array view(const AudioBlock& block) {
  const auto n = static_cast<py::ssize_t>(block.size());
  const float* data = block.channels() ? block.channel(0).data() : nullptr;
  py::array_t<float> array({static_cast<py::ssize_t>(block.channels()), n}, data, keep_alive(block));
  array.attr("flags").attr("writeable") = false;
  return array;
}

}  // namespace

void add_audio(py::module_& m) {
  py::class_<AudioBlock>(m, "AudioBlock", "A run of sound: 48 kHz, float32, full scale +-1.")
      .def(py::init(&from_array), py::arg("samples").noconvert(), py::kw_only(), py::arg("time") = 0.0,
           "From float32 samples at 48 kHz, shape (n,) or (channels, n); `time` of the first in seconds.")
      .def_property_readonly(
          "time", [](const AudioBlock& b) { return invigil::seconds(b.time()); }, "Seconds.")
      .def_property_readonly("duration", [](const AudioBlock& b) { return invigil::seconds(b.duration()); })
      .def_property_readonly("channels", &AudioBlock::channels)
      .def_property_readonly("samples", &view,
                             "Read-only view, shape (channels, n), float32, without a copy.")
      .def_property_readonly_static("rate", [](const py::object&) { return AudioBlock::rate; })
      .def("__len__", &AudioBlock::size)
      .def("__repr__", [](const AudioBlock& b) {
        std::ostringstream text;
        text << "<invigil.AudioBlock " << b.channels() << " x " << b.size() << " samples at "
             << invigil::seconds(b.time()) << " s>";
        return text.str();
      });
}

}  // namespace binding
