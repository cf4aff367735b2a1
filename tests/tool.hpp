// Runs the stock tools that a recording must open with.
#pragma once

#include "support.hpp"

#include <array>
#include <cstdio>
#include <cstring>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <sys/wait.h>

namespace invigil::test {

struct ToolResult {
  int status = -1;
  std::string output;
};

/// Runs a shell command; `output` is its standard output.
inline ToolResult run_tool(const std::string& command) {
  ToolResult result;
  FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) return result;
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    result.output.append(buffer.data(), n);
  const int status = pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

/// Whether all of these programs are installed; says what is skipped, and fails in CI, if not.
inline bool tools_or_skip(const std::vector<std::string>& tools) {
  for (const auto& tool : tools) {
    if (run_tool("command -v " + tool + " 2>/dev/null").status == 0) continue;
    const char* ci = std::getenv("CI");
    CHECK_MESSAGE(!(ci && std::string{ci} == "true"), "skipped in CI: needs ", tool);
    MESSAGE("skipped: needs ", tool);
    return false;
  }
  return true;
}

/// One number a line, e.g. of ffprobe's csv output; "N/A" and empty lines are left out.
inline std::vector<double> numbers(const std::string& text) {
  std::vector<double> values;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    char* end = nullptr;
    const double value = std::strtod(line.c_str(), &end);
    if (end != line.c_str()) values.push_back(value);
  }
  return values;
}

/// Times of a file's decoded pictures ("v:0") or blocks of sound ("a:0"), in seconds.
inline std::vector<double> decoded_times(const std::filesystem::path& file, const std::string& stream) {
  return numbers(run_tool("ffprobe -v error -select_streams " + stream +
                          " -show_entries frame=pts_time -of csv=p=0 '" + file.string() + "'")
                     .output);
}

/// The first sound stream as ffmpeg plays it, from time zero: mono float samples at 48 kHz, holes filled.
inline std::vector<float> played_sound(const std::filesystem::path& file) {
  const auto raw =
      run_tool("ffmpeg -nostdin -v error -copyts -i '" + file.string() +
               "' -map 0:a:0 -af aresample=async=1:first_pts=0 -ac 1 -ar 48000 -f f32le - 2>/dev/null")
          .output;
  std::vector<float> samples(raw.size() / sizeof(float));
  if (!samples.empty()) std::memcpy(samples.data(), raw.data(), samples.size() * sizeof(float));
  return samples;
}

}  // namespace invigil::test
