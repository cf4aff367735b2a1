#include "idcard/built_in_net.hpp"

#include <invigil/error.hpp>

#include <string>

namespace invigil::idcard {

cv::dnn::Net built_in_net(const unsigned char* onnx, std::size_t size, const char* name) {
  try {
    cv::dnn::Net net = cv::dnn::readNetFromONNX(reinterpret_cast<const char*>(onnx), size);
    net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
    net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
    return net;
  } catch (const cv::Exception& e) {
    throw Error(Errc::model, std::string{name} + " (built in)", e.err);
  }
}

}  // namespace invigil::idcard
