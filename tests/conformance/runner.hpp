#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <string_view>
#include <vector>

/// The frame in which one file of conformance vectors is run: a kind is a name and a function that
/// takes every row of the file and reports one outcome for each. See DESIGN.md 7.
namespace envfix::conformance {

/// One line of a vector file.
struct Row {
    std::size_t line = 0; ///< from 1
    nlohmann::json data;
};

using Rows = std::vector<Row>;

/// Counts what passed and prints what did not.
class Report {
public:
    /// `out` outlives the report.
    explicit Report(std::ostream& out) : m_out(&out) {}

    void pass() { ++m_passed; }

    /// Prints one line with the three values as JSON.
    void fail(const nlohmann::json& input, const nlohmann::json& expected,
              const nlohmann::json& got);

    /// A row that cannot be run because it is not what the format says; the run then fails.
    void malformed(std::size_t line, std::string_view why);

    /// Passes if the two are equal, else fails.
    void equal(const nlohmann::json& input, const nlohmann::json& expected,
               const nlohmann::json& got);

    [[nodiscard]] std::size_t passed() const { return m_passed; }

    [[nodiscard]] std::size_t failed() const { return m_failed; }

    [[nodiscard]] bool well_formed() const { return m_well_formed; }

private:
    std::ostream* m_out;
    std::size_t m_passed = 0;
    std::size_t m_failed = 0;
    bool m_well_formed = true;
};

/// Calls `run` for each row. A missing key or a value of the wrong type (nlohmann throws) makes
/// that row malformed and the run goes on.
void for_each_row(const Rows& rows, Report& report,
                  const std::function<void(const nlohmann::json& row)>& run);

/// One kind of vector file. `run` reports exactly one outcome for each row.
struct Kind {
    std::string_view name;
    void (*run)(const Rows& rows, Report& report);
};

} // namespace envfix::conformance
