// SPDX-License-Identifier: Apache-2.0
package io.marquetry.admin.shell;

import io.marquetry.api.admin.Storage;
import io.marquetry.api.admin.StorageCheck;
import io.marquetry.api.store.StoreException;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code mqtt:store-verify}. */
@Service
@Command(
        scope = "mqtt",
        name = "store-verify",
        description = "Reads everything in the store and looks whether it is sound, while the broker goes on")
public final class StoreVerifyCommand implements Action {
    @Option(name = "--no-format", description = "One line each, values parted by tabs")
    private boolean raw;

    @Reference(optional = true)
    private @Nullable Storage storage;

    @Override
    public @Nullable Object execute() throws StoreException {
        StorageCheck check = Ask.present(storage, "storage").verify();
        Table table = new Table(raw).text("table").number("records");
        check.records().forEach(table::row);
        table.print();
        check.sentences().forEach(sentence -> System.out.println(Table.printable(sentence)));
        Table.leftOut(
                "findings",
                check.sentences().size(),
                check.damages() + check.leftovers() - check.sentences().size(),
                "the numbers below count all");
        if (!check.isSound()) {
            throw new IllegalStateException("the store is damaged: " + check.damages()
                    + " things are not as they were written; make a copy of its folder before anything else, then see"
                    + " \"When verify finds damage\" in docs/durability.md");
        }
        System.out.println("the store is sound"
                + (check.leftovers() == 0
                        ? ""
                        : "; " + check.leftovers()
                                + " records belong to nothing any more and are removed at the next start"));
        return null;
    }
}
