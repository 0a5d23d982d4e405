#pragma once

#include "remedy/backup.hpp"
#include "remedy/transaction.hpp"
#include "support/temp_folder.hpp"

#include <functional>
#include <map>
#include <string>

/// All that is in a folder: path → type, mode, and of a file its time and bytes.
using TreeView = std::map<std::string, std::string>;

/// Without `.envfix`, unless asked for.
TreeView view(const std::string& root, bool with_work_area = false);

/// A venv with cffi 1.15 and some other files, a state folder beside it, and the fix that brings
/// cffi 1.16: files replaced, added (in new folders, too), and gone with their folders.
class Scenario {
public:
    /// On a file system in memory, where there is one: for tests of many rounds, in which nothing
    /// depends on the disk.
    Scenario();

    [[nodiscard]] std::string root() const { return m_folder / "venv"; }

    [[nodiscard]] std::string state() const { return m_folder / "state"; }

    [[nodiscard]] std::string site(const std::string& name) const
    {
        return m_folder / ("venv/lib/python3.11/site-packages/" + name);
    }

    [[nodiscard]] const TempFolder& folder() const { return m_folder; }

    /// Stages the new files and says what is to be done.
    [[nodiscard]] envfix::remedy::TransactionRequest prepare(const std::string& run) const;

    /// The environment before the fix, and after it.
    TreeView before;
    TreeView after;

private:
    TempFolder m_folder;
};

/// How a child ended that was to be hit by a fault.
enum class Ended { well, failed, killed, hung };

/// Does the work in a child in which `fault` is armed; a child that hangs is killed. The work says
/// whether it went well.
Ended in_child(const std::string& fault, const std::function<bool()>& work);

/// Reports what recovery did, as the daemon's start does: transactions, then dead stages.
std::vector<envfix::remedy::Recovered> start_again(const Scenario& scenario);
