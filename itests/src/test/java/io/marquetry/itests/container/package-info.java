// SPDX-License-Identifier: Apache-2.0
/** The bundles in a bare framework, looked at from within by Pax Exam. Pax Exam speaks JUnit 4. */
package io.marquetry.itests.container;
