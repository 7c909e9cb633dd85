// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
// hvsctl's commands about the configuration, and what it says to a wrong command line.
#include <filesystem>
#include <fstream>
#include <string>

#include "control/config/config_file.h"
#include "hvsctl_fixture.h"

namespace hvs::test {
namespace {

TEST_F(HvsctlTest, ConfigDiffSaysWhatAReloadDoes) {
  serve();
  EXPECT_EQ(ok("config diff"), "the file says what is in force\n");
  on_reactor([&] { backend_.diff_view = {{}, {"service ftp added"}, true}; });
  EXPECT_EQ(ok("config diff"), "a reload undoes this edit: service ftp added\n");
  on_reactor([&] { backend_.diff_view = {{"service web removed"}, {"service ftp added"}, false}; });
  EXPECT_EQ(ok("config diff"),
            "service web removed\na reload undoes this edit: service ftp added\n"
            "a reload will be refused: restart the daemon, or take the changes back that need it\n");
}

TEST_F(HvsctlTest, ConfigEditCarriesOutOperations) {
  serve();
  on_reactor([&] {
    backend_.config =
        *parse_config("ports: [{device: eth0}]\nlip_pools: [{name: out, addresses: [10.0.0.1]}]", "start");
    backend_.edit_warnings = {"no such address"};
  });
  const std::string add =
      R"('[{"op":"add_snat","rule":{"name":"office","from":["10.60.0.0/16"],"lip_pool":"out"}}]')";
  EXPECT_EQ(ok("config edit " + add).substr(0, 23), "in force, generation 5\n");
  Config after;
  on_reactor([&] { after = backend_.config; });
  ASSERT_EQ(after.snat.size(), 1U);
  EXPECT_NE(ok("config show").find("office"), std::string::npos);
  const Ran again = shell("config edit " + add);
  EXPECT_EQ(again.status, 1);
  EXPECT_EQ(again.err.find("hvsctl: operation 1: there is a snat rule office already"), 0U) << again.err;
  EXPECT_EQ(shell("config edit -").status, 1) << "standard input is empty";
  const std::string file = scratch_.path() / "operations.json";
  std::ofstream(file) << "[]";
  const Ran of_file = shell("config edit " + file);
  EXPECT_EQ(of_file.status, 1);
  EXPECT_NE(of_file.err.find("`hvsctl config edit - < " + file + "`"), std::string::npos) << of_file.err;
}

TEST_F(HvsctlTest, ConfigSaveReplacesTheFileAsAWhole) {
  serve();
  const auto file = scratch_.path() / "saved.yaml";
  on_reactor([&] { backend_.status_view.config_file = file; });
  EXPECT_EQ(ok("config save"), "saved to " + file.string() + "\n");
  EXPECT_TRUE(slurp(file).ends_with("\ninstance: demo\n")) << slurp(file);
  EXPECT_TRUE(slurp(file).starts_with("# "));

  std::filesystem::permissions(file, std::filesystem::perms{0604});
  const auto link = scratch_.path() / "link.yaml";
  std::filesystem::create_symlink(file, link);
  on_reactor([&] { backend_.yaml = "instance: other\n"; });
  ok("config save " + link.string());
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_TRUE(slurp(file).ends_with("\ninstance: other\n"));
  EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms{0604});

  const Ran ran = shell("config save " + (scratch_.path() / "none" / "x.yaml").string());
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(shell("config save " + scratch_.path().string()).status, 1) << "a directory";
  for (const auto& left : std::filesystem::directory_iterator(scratch_.path())) {
    EXPECT_EQ(left.path().string().find("yaml."), std::string::npos) << left.path();
  }
}

TEST_F(HvsctlTest, ConfigSaveKeepsWhatWasNotLoaded) {
  serve();
  const auto file = scratch_.path() / "own.yaml";
  std::ofstream(file) << "by hand\n";
  on_reactor([&] {
    backend_.status_view.config_file = file;
    backend_.diff_view.changes = {"service web: weight 1 -> 2", "service dns removed"};
  });
  const Ran ran = shell("config save");
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.err,
            "hvsctl: " + file.string() +
                ": was changed since it was loaded: service web: weight 1 -> 2 (and 1 more). Load it "
                "(`hvsctl reload`; `hvsctl config diff` shows what that changes), save to another "
                "file (`hvsctl config save FILE`), or overwrite it with --force\n");
  EXPECT_EQ(shell("config save " + scratch_.path().string() + "/../" + scratch_.path().filename().string() +
                  "/own.yaml")
                .status,
            1)
      << "its own by another name";
  EXPECT_EQ(slurp(file), "by hand\n");
  ok("config save " + (scratch_.path() / "other.yaml").string());
  ok("config save --force");
  EXPECT_TRUE(slurp(file).ends_with("\ninstance: demo\n"));
  std::filesystem::remove(file);
  ok("config save");
}

TEST_F(HvsctlTest, WrongUsageExitsWith2) {
  for (const char* arguments :
       {"", "frobnicate", "conns --frob", "conns --limit 0", "conns --limit x", "conns --proto ip",
        "conns --limit 3 --count", "status extra", "--socket a --instance b status", "config",
        "--watch 0 status", "--watch 1 reload", "--watch 1 config edit []", "config edit",
        "--watch 1 config save"}) {
    EXPECT_EQ(shell(arguments).status, 2) << arguments;
  }
  EXPECT_NE(shell("conns --limit 0").err.find("0 is no whole number from 1\n"), std::string::npos);
  EXPECT_EQ(shell("conns --limit 0").err.find("hvsctl: "), 0U) << "as all messages begin";
  EXPECT_EQ(shell("--help").status, 0);
  EXPECT_EQ(shell("conns --help").status, 0);
  EXPECT_EQ(shell("--version").status, 0);
}

TEST_F(HvsctlTest, WithoutACommandThoseThereAreAreListed) {
  const std::string all = shell("").err;
  EXPECT_EQ(all.find("hvsctl: which command?\n"), 0U);
  for (const char* command : {"  status ", "  conns ", "  config ", "  bind "})
    EXPECT_NE(all.find(command), std::string::npos) << command << all;
  const std::string of_config = shell("config").err;
  EXPECT_EQ(of_config.find("hvsctl: which command?\n"), 0U);
  EXPECT_NE(of_config.find("Usage: hvsctl config "), std::string::npos) << of_config;
  for (const char* command : {"  show ", "  save "})
    EXPECT_NE(of_config.find(command), std::string::npos) << command << of_config;
  EXPECT_EQ(of_config.find("  conns "), std::string::npos);
  EXPECT_EQ(shell("bind").err.find("which command"), std::string::npos) << "a device is missing, no command";
}

TEST_F(HvsctlTest, WordsThatMeanNothingAreNamedWithThoseNearThem) {
  const auto says = [&](const std::string& arguments, const std::string& text) {
    const Ran ran = shell(arguments);
    EXPECT_EQ(ran.status, 2) << arguments;
    EXPECT_EQ(ran.err, "hvsctl: " + text + "\n") << arguments;
  };
  says("confgi", "unknown command 'confgi'. Did you mean `config`?");
  says("stat", "unknown command 'stat'. Did you mean `status`?");
  says("frobnicate",
       "unknown command 'frobnicate'. Known are: status, services, dests, conns, drops, ports, workers, "
       "reload, "
       "config, bind, unbind");
  says("config sohw", "unknown command 'sohw'. Did you mean `show`?");
  says("conns --cilent 10.0.0.1", "unknown option --cilent. Did you mean `--client`?");
  says("status --jsno", "unknown option --jsno. Did you mean `--json`?");
  says("status extra", "unexpected argument 'extra'. Try --help");
}

}  // namespace
}  // namespace hvs::test
