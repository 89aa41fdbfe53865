// SPDX-License-Identifier: Apache-2.0
// Plays scenario files: one line for each scenario, and the file and line of what did not come true.
#include <cstdio>
#include <fstream>
#include <sstream>

#include "runner.hpp"

namespace {

std::string read_file(const char* path) {
  const std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw scenario::Complaint(0, "cannot be read");
  return text.str();
}

/// How many of the file's scenarios did not come true.
int play(const char* path) {
  int failed = 0;
  for (const scenario::Scenario& one : scenario::parse(read_file(path))) {
    try {
      scenario::Runner::run(one);
      std::printf("ok      %s\n", one.title.c_str());
    } catch (const scenario::Complaint& complaint) {
      ++failed;
      std::printf("FAILED  %s\n%s:%d: %s\n", one.title.c_str(), path, complaint.line(), complaint.what());
    }
  }
  return failed;
}

}  // namespace

int main(int argc, char** argv) {
  int failed = argc < 2 ? 1 : 0;
  if (argc < 2) std::fprintf(stderr, "usage: %s FILE.scenario ...\n", argv[0]);
  for (int i = 1; i < argc; ++i) {
    try {
      failed += play(argv[i]);
    } catch (const scenario::Complaint& complaint) {
      ++failed;
      std::printf("%s:%d: %s\n", argv[i], complaint.line(), complaint.what());
    }
  }
  return failed == 0 ? 0 : 1;
}
