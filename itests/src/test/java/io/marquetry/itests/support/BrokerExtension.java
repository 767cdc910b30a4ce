// SPDX-License-Identifier: Apache-2.0
package io.marquetry.itests.support;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestInstancePostProcessor;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Gives every {@link BrokerTest} its broker: the one of {@code -Dmarquetry.port}, a broker of the class's own
 * ({@link StartedWith}), or the one that all other classes share, started when first needed and stopped at the end of
 * the run. After each class the log has to be free of errors and the books have to balance.
 */
final class BrokerExtension
        implements ExecutionCondition, BeforeAllCallback, TestInstancePostProcessor, AfterAllCallback {
    private static final ExtensionContext.Namespace NAMESPACE =
            ExtensionContext.Namespace.create(BrokerExtension.class);
    private static final Integer EXTERNAL = Integer.getInteger("marquetry.port");

    /** Not closeable, so that the end of a class does not end the broker of all classes. */
    private record Lent(Broker broker) {}

    private record Shared(BrokerProcess broker) implements AutoCloseable {
        @Override
        public void close() {
            broker.close();
        }
    }

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        boolean own = AnnotationSupport.isAnnotated(context.getElement(), OnlyMarquetry.class)
                || AnnotationSupport.isAnnotated(context.getElement(), StartedWith.class);
        return EXTERNAL != null && own
                ? ConditionEvaluationResult.disabled("needs a Marquetry that the tests start themselves")
                : ConditionEvaluationResult.enabled("");
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        Broker broker = choose(context);
        ExtensionContext.Store store = context.getStore(NAMESPACE);
        store.put("broker", new Lent(broker));
        if (broker instanceof BrokerProcess process) {
            store.put("mark", process.log().mark());
            store.put("surplus", Accounting.read(process.port()).orElseThrow().surplus());
        }
    }

    private static Broker choose(ExtensionContext context) {
        if (EXTERNAL != null) {
            return new Broker.External(EXTERNAL);
        }
        return AnnotationSupport.findAnnotation(context.getRequiredTestClass(), StartedWith.class)
                .map(BrokerSettings::of)
                .map(BrokerProcess::start)
                .orElseGet(() -> context.getRoot()
                        .getStore(NAMESPACE)
                        .computeIfAbsent(
                                "shared",
                                key -> new Shared(BrokerProcess.start(BrokerSettings.defaults())),
                                Shared.class)
                        .broker());
    }

    @Override
    public void postProcessTestInstance(Object testInstance, ExtensionContext context) {
        ((BrokerTest) testInstance)
                .useBroker(context.getStore(NAMESPACE).get("broker", Lent.class).broker());
    }

    @Override
    public void afterAll(ExtensionContext context) {
        ExtensionContext.Store store = context.getStore(NAMESPACE);
        if (!(store.get("broker", Lent.class).broker() instanceof BrokerProcess process)) {
            return;
        }
        try {
            if (process.isAlive()) {
                Accounting.assertBalanced(process.port(), store.get("surplus", Accounting.Surplus.class));
            }
            process.log().assertNoTrouble(store.get("mark", Integer.class));
        } finally {
            if (AnnotationSupport.isAnnotated(context.getRequiredTestClass(), StartedWith.class)) {
                process.close();
            }
        }
    }
}
