// SPDX-License-Identifier: Apache-2.0
// The program sluice-rig: its commands about traces, their exit statuses and what they print.
#include <array>
#include <cstdio>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>

#include "captures.hpp"

namespace {

using samples::Folder;
using testing::HasSubstr;

struct Outcome {
  int status = -1;
  std::string output;  // of stdout and stderr
};

Outcome run(const std::string& arguments) {
  const std::string command = std::string(std::getenv("SLUICE_RIG")) + " " + arguments + " 2>&1";
  FILE* const pipe = ::popen(command.c_str(), "r");
  Outcome outcome;
  std::array<char, 4'096> room{};
  for (std::size_t got = 1; got != 0;) {
    got = std::fread(room.data(), 1, room.size(), pipe);
    outcome.output.append(room.data(), got);
  }
  const int status = ::pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

nlohmann::json json_of(const std::string& arguments) {
  const Outcome outcome = run(arguments);
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  return nlohmann::json::parse(outcome.output, nullptr, false);
}

TEST(RigCommands, GenerateThenInspectShowsWhatTheKnobsSaid) {
  const Folder folder;
  const std::string file = folder.path("a.strc");
  const auto made =
      json_of("generate --preset kubernetes --queries 200000 --seed 7 --clients 50 --zipf 0.9 --json -o " + file);
  EXPECT_EQ(made["events"], 200'000);
  const auto seen = json_of("inspect --json " + file);
  EXPECT_EQ(seen["events"], 200'000);
  EXPECT_EQ(seen["format"], "strc");
  EXPECT_EQ(seen["clients"]["count"], 50);
  EXPECT_EQ(seen["questions"], made["questions"]);
  EXPECT_GT(seen["types"]["AAAA"].get<double>(), 99'000);
  EXPECT_NEAR(seen["popularity"]["zipf"]["exponent"].get<double>(), 0.9, 0.15);
  EXPECT_TRUE(seen["skipped"].empty());
}

TEST(RigCommands, TheSameSeedGivesTheSameFile) {
  const Folder folder;
  for (const char* const name : {"a.strc", "b.strc"}) {
    ASSERT_EQ(run("generate --preset isp --queries 20000 --seed 3 --quiet -o " + folder.path(name)).status, 0);
  }
  EXPECT_EQ(samples::read_file(folder.path("a.strc")), samples::read_file(folder.path("b.strc")));
  ASSERT_EQ(run("generate --preset isp --queries 20000 --seed 4 --quiet -o " + folder.path("b.strc")).status, 0);
  EXPECT_NE(samples::read_file(folder.path("a.strc")), samples::read_file(folder.path("b.strc")));
}

TEST(RigCommands, ConvertKeepsATraceWhicheverWayItGoes) {
  const Folder folder;
  ASSERT_EQ(run("generate --preset office-vpc --queries 5000 -o " + folder.path("a.strc")).status, 0);
  ASSERT_EQ(run("convert " + folder.path("a.strc") + " -o " + folder.path("b.csv")).status, 0);
  ASSERT_EQ(run("convert " + folder.path("b.csv") + " -o " + folder.path("c.strc")).status, 0);
  EXPECT_EQ(samples::read_file(folder.path("a.strc")), samples::read_file(folder.path("c.strc")));
}

TEST(RigCommands, DamageIsSaidWithItsPlaceAndTheRestIsRead) {
  const Folder folder;
  samples::Pcap pcap;
  pcap.add(samples::ethernet(samples::udp({}, samples::query(1, "a.example.", 1)))).add("cut");
  const std::string file = folder.write("a.pcap", std::string_view(pcap.bytes()).substr(0, pcap.bytes().size() - 2));
  const Outcome outcome = run("inspect " + file);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.output, HasSubstr("pcap, 1 events"));
  EXPECT_THAT(outcome.output, HasSubstr("1 the file ends within a record (packet 2: "));
  const Outcome converted = run("convert --json " + file + " -o " + folder.path("a.csv"));
  const std::string object = converted.output.substr(converted.output.find('{'));  // the text precedes it
  EXPECT_EQ(nlohmann::json::parse(object)["skipped"]["file_cut"]["count"], 1);
}

TEST(RigCommands, AWindowOfTimeIsConverted) {
  const Folder folder;
  const std::string file =
      folder.write("a.csv", "1,10.0.0.1,a.example,A\n2,10.0.0.1,b.example,A\n3,10.0.0.1,c.example,A\n");
  ASSERT_EQ(run("convert --from 2 --to 3 " + file + " -o " + folder.path("b.dnsperf")).status, 0);
  EXPECT_EQ(samples::read_file(folder.path("b.dnsperf")), "b.example. A\n");
}

TEST(RigCommands, WrongRequestsHaveStatusOneAndSayWhatToDo) {
  const Folder folder;
  const auto wrong = [](const std::string& arguments, const char* says) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 1) << arguments;
    EXPECT_THAT(outcome.output, HasSubstr(says)) << arguments;
  };
  wrong("", "subcommand");
  wrong("generate --preset home -o " + folder.path("a.strc"), "'home' is no preset; there are office-vpc, kubernetes");
  wrong("generate --one-shot 2 -o " + folder.path("a.strc"), "one-shot share 2 is out of range; allowed: 0 to 0.95");
  wrong("generate --ttls 5:x -o " + folder.path("a.strc"), "write 60 or 60:2.5");
  wrong("generate --retry bsd:1 -o " + folder.path("a.strc"), "write glibc:0.6");
  wrong("generate -o " + folder.path("a.pdf"), "End the name in .strc, .csv or .dnsperf");
  wrong("inspect " + folder.path("none"), "No such file");
  wrong("inspect " + folder.write("b", std::string("\1\0\2", 3)), "no format that is known here");
  wrong("inspect --format tape " + folder.path("b"), "'tape' is none of strc");
  wrong("generate --retry glibc:inf -o " + folder.path("a.strc"), "write glibc:0.6");
  wrong("inspect --rate nan " + folder.path("b"), "'nan' is no number from 0.001 to");
  wrong("simulate --latency nan " + folder.path("b"), "'nan' is no number from 0 to 60000");
  wrong("convert --from 3 --to 2 " + folder.path("b") + " -o " + folder.path("c.csv"), "--to 2 is not behind --from 3");
  EXPECT_FALSE(std::filesystem::exists(folder.path("a.strc")));
}

TEST(RigCommands, ATraceWithoutQueriesIsNothingToWorkOn) {
  const Folder folder;
  samples::Pcap pcap(147);  // LINKTYPE_USER0
  const std::string file = folder.write("a.pcap", pcap.add("anything").bytes());
  const std::string results = folder.path("r.json");
  for (const std::string& command :
       {"simulate --size 1MiB --json " + results, std::string("plan"), "replay --prepare " + folder.path("replay")}) {
    const Outcome outcome = run(command + " " + file);
    EXPECT_EQ(outcome.status, 1) << command;
    EXPECT_THAT(outcome.output, HasSubstr("packet 1: link type 147")) << command;
    EXPECT_THAT(outcome.output, HasSubstr("there is nothing to")) << command;
  }
  EXPECT_FALSE(std::filesystem::exists(results));
}

TEST(RigCommands, AReplayIsPreparedWithoutAnAppliance) {
  const Folder folder;
  const std::string file =
      folder.write("a.csv", "1,10.0.0.1,a.example,A\n2,10.0.0.1,*.example,A\n3,10.0.0.1,a.example,A\n");
  const auto made = json_of("replay --json --prepare " + folder.path("ready") + " " + file);
  EXPECT_EQ(made["queries"], 2);
  EXPECT_EQ(made["left_out"], 1);
  EXPECT_EQ(samples::read_file(folder.path("ready/schedule.txt")),
            "0.000000 0 a.example. A\n2.000000 0 a.example. A\n");
}

TEST(RigCommands, WhatCannotBeWrittenHasStatusTwo) {
  const Folder folder;
  const std::string file = folder.write("a.csv", "1,10.0.0.1,a.example,A\n");
  for (const char* const command :
       {"inspect", "inspect --json", "plan --quiet", "simulate --size 1MiB --quiet --json -"}) {
    EXPECT_EQ(run(std::string(command) + " " + file + " > /dev/full").status, 2) << command;
  }
  const Outcome early = run("simulate --html " + folder.path("none/a.html") + " " + file);
  EXPECT_EQ(early.status, 2);
  EXPECT_THAT(early.output, HasSubstr("none/a.html: No such file"));
  EXPECT_THAT(early.output, testing::Not(HasSubstr("hits %")));  // nothing was simulated for it
}

TEST(RigCommands, MoreNamesThanAllowedEndsWithStatusTwo) {
  const Folder folder;
  const Outcome outcome = run("generate --preset isp --queries 10000 --max-names 100 -o " + folder.path("a.strc"));
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.output, HasSubstr("more than 100 distinct questions"));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path("")));
}

TEST(RigCommands, HelpNamesEveryCommand) {
  const Outcome outcome = run("--help");
  EXPECT_EQ(outcome.status, 0);
  for (const char* const command : {"generate", "convert", "inspect"}) EXPECT_THAT(outcome.output, HasSubstr(command));
}

}  // namespace
