// SPDX-License-Identifier: Apache-2.0
/** Keeps what must survive the broker in RocksDB, with one write to the disk for all who wait. */
@NullMarked
package io.marquetry.store.rocksdb;

import org.jspecify.annotations.NullMarked;
