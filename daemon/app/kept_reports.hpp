#pragma once

#include "app/surroundings.hpp"
#include "capture/trail.hpp"
#include "fs/tree.hpp"
#include "model/report.hpp"

#include <optional>
#include <string>

namespace envfix::app {

/// Reports of healthy environments that a program that ends soon leaves in files of ours for its next run: whatever nothing
/// has changed of is still healthy. Broken ones are looked at anew each time. At most 256 files.
class KeptReports {
public:
    /// `tree` is the system's. Both outlive this.
    KeptReports(const fs::Tree& tree, const Surroundings& surroundings);

    /// What was said of the environment before, if everything that it was drawn from is as it was.
    [[nodiscard]] std::optional<model::EnvironmentReport> find(const model::Environment& environment) const;

    /// Whether the report says nothing but that all is well.
    static bool is_worth_keeping(const model::EnvironmentReport& report);

    /// Keeps one that is. What fails is passed over: it costs only time.
    void keep(const model::Environment& environment, const model::EnvironmentReport& report, const capture::Trail& trail) const;

private:
    /// All that the report depends on beside the disk.
    [[nodiscard]] std::string key_of(const model::Environment& environment) const;

    const fs::Tree& m_tree;
    const Surroundings& m_surroundings;
    capture::FileMark m_program;
};

} // namespace envfix::app
