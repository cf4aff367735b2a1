// The virtual hardware: vivid's cameras and snd-aloop's card, and the ways in which they are told to fail.
#pragma once

#include <cstdint>
#include <string>

namespace invigil::vm {

/// Takes a driver of the platform bus away from its device, and gives it back.
void unbind(const std::string& driver, const std::string& device);
void bind(const std::string& driver, const std::string& device);

/// All cameras of vivid go, and come.
void take_cameras_away();
void bring_cameras_back();
/// Comes back with the first camera on this node and the second on that, e.g. 1 and 0.
void bring_cameras_back(int first, int second);
/// As after loading the driver.
void renew_cameras();

/// vivid's n-th camera.
class Vivid {
 public:
  explicit Vivid(int number) : number_(number) {}
  /// As the library names it.
  [[nodiscard]] std::string id() const;
  /// Its node now, e.g. "/dev/video0"; empty when it has none that opens.
  [[nodiscard]] std::string node() const;
  /// Whether this process has its node open.
  [[nodiscard]] bool open_here() const;

  void drop(int percent) const { set(0x00f0f040, percent); }  ///< 100: it stands still.
  /// Unplugged, until nobody has it open any more.
  void disconnect() const { set(0x00f0f041, 1); }
  void damage_one() const { set(0x00f0f042, 1); }
  void refuse_buffers() const { set(0x00f0f043, 1); }
  void refuse_to_take_back() const { set(0x00f0f044, 1); }
  void refuse_to_start() const { set(0x00f0f045, 1); }
  void break_stream() const { set(0x00f0f046, 1); }
  void wrap_sequence() const { set(0x00f0f026, 1); }
  void wrap_timestamp() const { set(0x00f0f027, 1); }
  void show(bool white) const { set(0x00f0f000, white ? 6 : 5); }
  void show_no_text() const { set(0x00f0f001, 2); }

 private:
  void set(std::uint32_t control, int value) const;
  int number_;
};

/// Another program that has a camera open.
class Other {
 public:
  explicit Other(const std::string& node);
  ~Other();
  Other(const Other&) = delete;
  Other& operator=(const Other&) = delete;
  /// From now on it is busy.
  void take() const;

 private:
  int fd_;
};

/// Lets snd-aloop's clock run off, in parts per million.
void shift_rate(double ppm);

}  // namespace invigil::vm
