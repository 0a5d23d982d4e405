#pragma once

#include "capture/capture.hpp"
#include "checks/checks.hpp"
#include "model/report.hpp"
#include "probe/probe.hpp"

#include <string>
#include <vector>

namespace envfix::app {

/// An environment as it was found: what was read, what is wrong, what is told.
struct Judgement {
    model::Snapshot snapshot;
    model::Findings findings;
    model::EnvironmentReport report;
};

/// Reads and judges. Every part of envfix that says what is wrong says it through here.
Judgement judge(const fs::Tree& tree, const model::Environment& environment, const model::Chain& chain,
                capture::HashCache& hashes, const capture::Options& options);

/// All that a judgement depends on beside the disk and the chain, as bytes.
std::string key_of(const model::Environment& environment, const std::string& home, const std::vector<model::PathSetting>& session);

/// Whether it was drawn from files alone, so that capture::Trail can tell whether it still holds.
bool is_drawn_from_files(const model::Snapshot& snapshot);

/// What decides as whom code of the environment may run (probe/runner.hpp).
std::vector<std::string> ground_of(const model::Snapshot& snapshot);

/// How the chain of a judged environment is tried in its real interpreter: the links that are there. `home` and `search_path`
/// are what the interpreter sees of them; `scratch` is a folder of ours. No links: there is nothing to try.
probe::Request probe_request(const Judgement& judgement, const model::Chain& chain, const std::string& home,
                             const std::string& search_path, const std::string& scratch);

/// What has to import once a fix is done that removes the findings with these codes: the links that are there, and those that
/// something there requires. A fault that the fix is not about keeps its link, and all that come after it in the chain,
/// from being asked: one of two faults can be mended without the other.
std::vector<probe::Link> proof_links(const Judgement& judgement, const model::Chain& chain,
                                     const std::vector<std::string>& removed);

/// Puts the interpreter's word into the report. A chain that does not import makes the environment broken, whatever the
/// disk looked like; an import that works takes nothing back that was seen on disk.
void add_probe(model::EnvironmentReport& report, const model::ProbeResult& probe);

} // namespace envfix::app
