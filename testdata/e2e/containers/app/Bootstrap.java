package org.apache.catalina.startup;

import java.lang.reflect.Method;

/** What Tomcat's scripts start: the service of every container. */
public class Bootstrap {
    public static void main(String[] arguments) throws Exception {
        // A class of a package cannot name one without.
        Method main = Class.forName("App").getMethod("main", String[].class);
        main.invoke(null, (Object) arguments);
    }
}
